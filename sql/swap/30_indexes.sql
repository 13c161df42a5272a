-- The swap's message: old indexes that could fail a write while the reverse trigger keeps the old column are dropped:
-- unique ones (upserts; NULLS NOT DISTINCT), and those that call a user's function or operator (it may raise on NULL).
-- A constraint's index went with its constraint.
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
SELECT format('index %s', d.oid::regclass) AS object,
       format('DROP INDEX %s', d.oid::regclass) AS statement,
       'ACCESS EXCLUSIVE' AS lock, t.relation::text AS relation, NULL AS also
FROM target AS t
     JOIN definition AS d ON d.conversion = t.id AND d.kind = 'index'
     JOIN pg_index AS i ON i.indexrelid = d.oid
WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = d.oid AND k.conrelid = d.relid
                                                   AND k.contype IN ('p', 'u'))
  AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhrelid = d.oid)  -- a partition's goes with its parent's
  AND (i.indisunique
       OR EXISTS (SELECT FROM pg_depend AS p WHERE p.classid = 'pg_class'::regclass AND p.objid = d.oid
                                               AND p.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)))
ORDER BY d.number
