-- A partitioned table's new foreign keys: its partitions have theirs, proved, and it adopts them without reading a row.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on the table, its partitions and the referenced table.
SELECT format('foreign key %I on %s', f.name, f.tab) AS object,
       format('ALTER TABLE %s ADD CONSTRAINT %I%s', f.tab, f.our_name, left(f.as_ours, -length(' NOT VALID'))) AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
       f.tab AS relation,
       f.also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id AND f.by_leaf
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM shadow_key AS k
                  WHERE k.conversion = v.id AND k.conrelid = f.relid AND k.conname IN (f.name, f.our_name))
ORDER BY f.number
