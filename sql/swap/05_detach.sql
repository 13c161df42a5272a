-- The swap's message, under all locks: what hangs on the columns by its text alone and would be in the way is detached.
-- Functions, policies and rules first, then views, outermost first; 85_attach.sql makes them again.
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
SELECT coalesce(o.type || ' ' || o.identity, format('%s %I', d.kind, d.name)) AS object, d.detail ->> 'drop' AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN definition AS d ON d.conversion = t.id
     LEFT JOIN LATERAL pg_identify_object(CASE d.kind WHEN 'trigger' THEN 'pg_trigger'::regclass
                                                       WHEN 'rule' THEN 'pg_rewrite'::regclass
                                                       WHEN 'policy' THEN 'pg_policy'::regclass
                                                       WHEN 'function' THEN 'pg_proc'::regclass
                                                       ELSE 'pg_class'::regclass END, d.oid, 0) AS o
          ON d.kind IN ('view', 'trigger', 'rule', 'policy', 'function')
WHERE d.detail ? 'drop'
ORDER BY d.kind = 'view', (d.detail ->> 'level')::int DESC, d.number
