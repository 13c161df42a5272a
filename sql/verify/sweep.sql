-- Step of verify: the last sweep. All rows of table $1 are looked at once more while an equality CHECK is not validated.
SELECT 'rows of ' || c.relid::regclass, 'UPDATE of the rows that were skipped because they were locked',
       'ROW EXCLUSIVE', NULL::text, NULL::text
  FROM conversion c
 WHERE c.relid = $1::oid AND c.outcome IS NULL AND c.swapped_at IS NULL
   AND EXISTS (SELECT FROM conversion_column k
                WHERE k.conversion = c.id
                  AND NOT EXISTS (SELECT FROM pg_constraint p
                                   WHERE p.conrelid = c.relid AND p.contype = 'c' AND p.convalidated
                                     AND p.conname = 'pgwiden_eq_' || k.from_attnum))
