-- The swap's message: the old columns lose NOT NULL, so that the reverse trigger may write NULL. After the keys, the
-- replica identity and the identity have left them.
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
SELECT 'table ' || t.relation AS object,
       format('ALTER TABLE %s %s', t.relation,
              string_agg(format('ALTER COLUMN %I DROP NOT NULL', a.attname), ', ' ORDER BY a.attnum)) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN conversion_column AS cc ON cc.conversion = t.id
     JOIN pg_attribute AS a ON a.attrelid = t.relid AND a.attnum = cc.from_attnum AND a.attnotnull
GROUP BY t.relation
