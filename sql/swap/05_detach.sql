-- The swap's message: what is made again after the renames and would be in the way until then.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
)
SELECT format('%s %I', d.kind, d.name) AS object, d.detail ->> 'drop' AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t JOIN definition AS d ON d.conversion = t.id
WHERE d.detail ? 'drop'
ORDER BY d.kind = 'view', (d.detail ->> 'level')::int DESC, d.number
