-- A partitioned table's new foreign keys: its partitions have theirs, proved, and it adopts them without reading a row.
-- Of the triggers that the partitions' keys have on the referenced table most go, under ACCESS EXCLUSIVE: who took the weaker
-- lock of ADD FOREIGN KEY first would close a deadlock with everyone who has read rows there FOR UPDATE and now writes.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the table, its partitions and the referenced table.
SELECT format('foreign key %I on %s', f.name, f.tab) AS object,
       format('ALTER TABLE %s ADD CONSTRAINT %I%s', f.tab, f.our_name, left(f.as_ours, -length(' NOT VALID'))) AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       f.tab AS relation,
       f.also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id AND f.by_leaf
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM shadow_key AS k
                  WHERE k.conversion = v.id AND k.conrelid = f.relid AND k.conname IN (f.name, f.our_name))
ORDER BY f.number
