-- Our extended statistics.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE.
SELECT format('statistics %I.%I', n.nspname, s.stxname) AS object,
       format('DROP STATISTICS %I.%I', n.nspname, s.stxname) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN tree m ON m.conversion = v.id AND m.root = v.relid
JOIN pg_statistic_ext s ON s.stxrelid = m.relid AND s.stxname LIKE 'pgwiden\_stat\_%'
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
ORDER BY s.oid
