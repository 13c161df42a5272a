-- Foreign keys on partitions' old columns, made by an abort that did not come to its end (undo/fk_restore.sql): the partitioned
-- table's own one is still ours.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the partition and the referenced table.
SELECT format('foreign key %I on %s', k.conname, p.tab) AS object,
       format('ALTER TABLE %s DROP CONSTRAINT %I', p.tab, k.conname) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       p.tab AS relation,
       f.references_also AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id AND f.by_leaf
     JOIN foreign_key_place AS p ON p.conversion = v.id AND p.number = f.number
     JOIN pg_constraint AS k ON k.conrelid = p.relid AND k.contype = 'f' AND k.conname = f.our_name AND k.conparentid = 0
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM shadow_key AS o WHERE o.conversion = v.id AND o.oid = k.oid)
ORDER BY f.number, p.level, p.relid
