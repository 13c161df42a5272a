-- Old foreign keys that were made again are proved, where they were valid before; a partitioned table's partition by
-- partition.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE on the referencing table, ROW SHARE on the referenced one.
SELECT format('foreign key %I on %s', f.name, p.tab) AS object,
       format('ALTER TABLE %s VALIDATE CONSTRAINT %I', p.tab, k.conname) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id AND f.proved
     JOIN foreign_key_place AS p ON p.conversion = v.id AND p.number = f.number
     JOIN pg_constraint AS k ON k.conrelid = p.relid AND k.contype = 'f' AND NOT k.convalidated
                            AND k.conname = CASE WHEN f.by_leaf THEN f.our_name ELSE f.name END
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM shadow_key AS o WHERE o.conversion = v.id AND o.oid = k.oid)
ORDER BY f.number, p.level, p.relid
