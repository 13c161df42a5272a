-- The swap's message: what is carried by its text alone is made again, now that the names mean the new columns.
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
SELECT format('%s %I', d.kind, d.name) AS object, d.original AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t JOIN definition AS d ON d.conversion = t.id
WHERE d.kind IN ('view', 'generated', 'trigger', 'rule', 'policy', 'function', 'publication')
ORDER BY array_position(ARRAY['view', 'generated', 'trigger', 'rule', 'policy', 'function', 'publication'], d.kind),
         (d.detail ->> 'level')::int, d.number
