-- The partitions' indexes become part of their parents' indexes, bottom-up; with the last one the parent becomes valid.
-- Those of constraints wait for the swap.
-- $1: the table's oid. Lock: ACCESS EXCLUSIVE on the partition (its index is locked so), catalog work only.
SELECT format('index %I.%I', n.nspname, d.name) AS object,
       format('ALTER INDEX %I.pgwiden_idx_%s ATTACH PARTITION %I.pgwiden_idx_%s', pn.nspname, p.number, n.nspname, d.number)
           AS statement,
       'ACCESS EXCLUSIVE' AS lock,
       format('%I.%I', n.nspname, r.relname) AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'index'
JOIN tree m ON m.conversion = v.id AND m.root = v.relid AND m.relid = d.relid
JOIN pg_inherits o ON o.inhrelid = d.oid
JOIN definition p ON p.conversion = v.id AND p.kind = 'index' AND p.oid = o.inhparent AND NOT p.detail ? 'constraint'
JOIN pg_class r ON r.oid = d.relid
JOIN pg_namespace n ON n.oid = r.relnamespace
JOIN pg_class pr ON pr.oid = p.relid
JOIN pg_namespace pn ON pn.oid = pr.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_inherits h ON h.inhrelid = x.oid
                  WHERE i.indrelid = d.relid AND x.relname = format('pgwiden_idx_%s', d.number))
ORDER BY m.level DESC, p.number, d.number
