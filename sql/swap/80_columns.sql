-- The swap's message: the columns exchange their names.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
)
SELECT format('column %s.%I', t.relation, cc.attname) AS object,
       format('ALTER TABLE %1$s RENAME COLUMN %2$I TO pgwiden_old_%3$s; '
              'ALTER TABLE %1$s RENAME COLUMN pgwiden_new_%3$s TO %2$I',
              t.relation, cc.attname, cc.from_attnum) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t JOIN conversion_column AS cc ON cc.conversion = t.id
ORDER BY cc.from_attnum
