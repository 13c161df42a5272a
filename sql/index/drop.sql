-- Indexes of ours that a killed CREATE INDEX CONCURRENTLY left INVALID, or whose originals are gone. One on a partitioned
-- table is INVALID until all its partitions' indexes are attached; it takes them with it, and can't be dropped concurrently.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE (CONCURRENTLY); ACCESS EXCLUSIVE for a partitioned index.
SELECT format('index %I.%I', n.nspname, x.relname) AS object,
       format('DROP INDEX %s%I.%I', CASE WHEN x.relkind = 'I' THEN '' ELSE 'CONCURRENTLY ' END, n.nspname, x.relname) AS statement,
       CASE WHEN x.relkind = 'I' THEN 'ACCESS EXCLUSIVE' ELSE 'SHARE UPDATE EXCLUSIVE' END AS lock,
       CASE WHEN x.relkind = 'I' THEN m.tab END AS relation,
       CASE WHEN x.relkind = 'I' THEN
           (SELECT string_agg(p.tab, ', ONLY ' ORDER BY p.level, p.relid)
            FROM tree p WHERE p.conversion = v.id AND p.root = v.relid AND p.level > m.level) END AS also
FROM conversion v
JOIN tree m ON m.conversion = v.id AND m.root = v.relid
JOIN pg_index i ON i.indrelid = m.relid
JOIN pg_class x ON x.oid = i.indexrelid AND x.relname LIKE 'pgwiden\_idx\_%'
JOIN pg_namespace n ON n.oid = x.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND (NOT i.indisvalid AND x.relkind = 'i'
       OR x.relname NOT IN (SELECT format('pgwiden_idx_%s', d.number)
                            FROM conversion c
                            JOIN definition d ON d.conversion = c.id AND d.kind = 'index'
                            WHERE c.relid = $1 AND c.outcome IS NULL))
  AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = x.oid)
ORDER BY x.oid
