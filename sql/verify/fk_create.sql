-- The new foreign keys beside the old ones, NOT VALID; a row each. One that the swap has exchanged already is done.
-- A partitioned table can't have one that is NOT VALID (before 18): its partitions get theirs first, which it adopts when
-- they are proved (fk_adopt.sql). One that references the partitioned table itself has to wait for the swap.
-- $1: the table's oid. Lock: SHARE ROW EXCLUSIVE on both tables.
SELECT format('foreign key %I on %s', f.name, p.tab) AS object,
       format('ALTER TABLE %s ADD CONSTRAINT %I%s', p.tab, f.our_name, f.as_ours) AS statement,
       'SHARE ROW EXCLUSIVE' AS lock,
       p.tab AS relation,
       f.references_also AS also
FROM conversion AS v
     JOIN foreign_key AS f ON f.conversion = v.id
     JOIN foreign_key_place AS p ON p.conversion = v.id AND p.number = f.number
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM shadow_key AS k
                  WHERE k.conversion = v.id
                    AND (k.conrelid = f.relid AND k.conname IN (f.name, f.our_name)
                         OR k.conrelid = p.relid AND k.conname = f.our_name))
ORDER BY f.number, p.level, p.relid
