-- The new foreign keys are proved, but for those that were not valid before; a partitioned table's partition by partition.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE on the referencing table, ROW SHARE on the referenced one.
SELECT format('foreign key %I on %s', f.name, p.tab) AS object,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', p.tab, coalesce(k.conname, f.our_name)) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id AND f.proved
     JOIN foreign_key_place AS p ON p.conversion = v.id AND p.number = f.number
     LEFT JOIN shadow_key AS k ON k.conversion = v.id AND k.conrelid = p.relid AND k.conname IN (f.name, f.our_name)
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND k.convalidated IS NOT TRUE
  -- a partition's key that was exchanged with the root's has another name
  AND NOT (f.by_leaf AND EXISTS (SELECT FROM shadow_key AS r
                                 WHERE r.conversion = v.id AND r.conrelid = f.relid AND r.conname IN (f.name, f.our_name)
                                   AND r.convalidated))
ORDER BY f.number, p.level, p.relid
