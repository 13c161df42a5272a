-- Our indexes, also those that were left INVALID.
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
ORDER BY x.oid
