-- A partition that was made or attached since has got its own index with our partitioned one: it gets our name.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE on the index.
SELECT format('index %I.%I', n.nspname, d.name) AS object,
       format('ALTER INDEX %I.%I RENAME TO pgwiden_idx_%s', n.nspname, x.relname, d.number) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN definition d ON d.conversion = v.id AND d.kind = 'index'
JOIN pg_inherits o ON o.inhrelid = d.oid
JOIN definition p ON p.conversion = v.id AND p.kind = 'index' AND p.oid = o.inhparent
JOIN pg_index pi ON pi.indrelid = p.relid
JOIN pg_class px ON px.oid = pi.indexrelid AND px.relname = format('pgwiden_idx_%s', p.number)
JOIN pg_index i ON i.indrelid = d.relid
-- from the partition's few indexes to their parent: a parent has as many as there are partitions
JOIN LATERAL (SELECT h.inhparent FROM pg_inherits h WHERE h.inhrelid = i.indexrelid OFFSET 0) h ON h.inhparent = px.oid
JOIN pg_class x ON x.oid = i.indexrelid AND x.relname <> format('pgwiden_idx_%s', d.number)
JOIN pg_namespace n ON n.oid = x.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
ORDER BY d.number
