-- Indexes of ours that a killed CREATE INDEX CONCURRENTLY left INVALID, or whose originals are gone.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE (CONCURRENTLY).
SELECT format('index %I.%I', n.nspname, x.relname) AS object,
       format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, x.relname) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN pg_index i ON i.indrelid = v.relid
JOIN pg_class x ON x.oid = i.indexrelid AND x.relname LIKE 'pgwiden\_idx\_%'
JOIN pg_namespace n ON n.oid = x.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND (NOT i.indisvalid
       OR NOT EXISTS (SELECT FROM definition d
                      WHERE d.conversion = v.id AND d.kind = 'index' AND x.relname = format('pgwiden_idx_%s', d.number)))
ORDER BY x.oid
