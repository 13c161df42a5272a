-- The swap's message: the columns have their new names, so the captured texts mean the new columns. Views, innermost first,
-- then what may read them.
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
SELECT coalesce(o.type || ' ' || o.identity, format('%s %I', d.kind, d.name)) AS object, d.original AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN definition AS d ON d.conversion = t.id
     JOIN unnest(ARRAY['view', 'generated', 'trigger', 'rule', 'policy', 'function', 'publication'])
          WITH ORDINALITY AS k (kind, ordinality) ON k.kind = d.kind
     LEFT JOIN LATERAL pg_identify_object(CASE d.kind WHEN 'trigger' THEN 'pg_trigger'::regclass
                                                       WHEN 'rule' THEN 'pg_rewrite'::regclass
                                                       WHEN 'policy' THEN 'pg_policy'::regclass
                                                       WHEN 'function' THEN 'pg_proc'::regclass
                                                       ELSE 'pg_class'::regclass END, d.oid, 0) AS o
          ON d.kind IN ('view', 'trigger', 'rule', 'policy', 'function')
ORDER BY k.ordinality, (d.detail ->> 'level')::int, d.number
