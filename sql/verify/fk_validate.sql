-- The new foreign keys are proved, but for those that were not valid before; a partitioned table's partition by partition.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE on the referencing table, ROW SHARE on the referenced one.
SELECT format('foreign key %I on %s', d.name, m.tab) AS object,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', m.tab, coalesce(ours.conname, format('pgwiden_fk_%s', d.number)))
           AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'foreign-key' AND NOT d.detail ? 'late'
JOIN pg_class c ON c.oid = d.relid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT c.oid AS relid, format('%I.%I', n.nspname, c.relname) AS tab, 0 AS level WHERE c.relkind <> 'p'
    UNION ALL
    SELECT t.relid, t.tab, t.level FROM tree t WHERE c.relkind = 'p' AND t.conversion = v.id AND t.root = c.oid AND t.leaf) m
LEFT JOIN LATERAL (
    SELECT k.oid, k.conname, k.convalidated
    FROM pg_constraint k
    WHERE k.conrelid = m.relid AND k.contype = 'f' AND k.conname IN (d.name, format('pgwiden_fk_%s', d.number))
      AND EXISTS (SELECT FROM tree_column o
                  WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                                 OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey)))) ours ON true
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool
  AND ours.convalidated IS NOT TRUE
  -- a partition's key that was exchanged with the root's has another name
  AND NOT (c.relkind = 'p' AND EXISTS (
        SELECT FROM pg_constraint k
        WHERE k.conrelid = d.relid AND k.contype = 'f' AND k.conname IN (d.name, format('pgwiden_fk_%s', d.number))
          AND k.convalidated AND EXISTS (SELECT FROM tree_column o
                  WHERE o.conversion = v.id AND (k.conrelid = o.relid AND o.shadow = ANY (k.conkey)
                                                 OR k.confrelid = o.relid AND o.shadow = ANY (k.confkey)))))
ORDER BY d.number, m.level, m.relid
