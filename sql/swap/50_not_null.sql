-- The swap's message: the old columns lose NOT NULL, so that the reverse trigger may write NULL. After the keys, the
-- replica identity and the identity have left them. A root's partitions follow it.
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
SELECT 'table ' || cc.relid::regclass AS object,
       format('ALTER TABLE %s %s', cc.relid::regclass,
              string_agg(format('ALTER COLUMN %I DROP NOT NULL', a.attname), ', ' ORDER BY a.attnum)) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN tree_column AS cc ON cc.conversion = t.id
     JOIN pg_attribute AS a ON a.attrelid = cc.relid AND a.attnum = cc.attnum AND a.attnotnull
     JOIN pg_attribute AS r ON r.attrelid = t.relid AND r.attnum = cc.number AND (cc.level = 0 OR NOT r.attnotnull)
GROUP BY t.relation, cc.level, cc.relid
ORDER BY cc.level, cc.relid
