-- The backfill has left dead versions and cleared the visibility map: index-only scans and the builds that follow profit.
-- It leaves no trace in the catalogs: missing until the journal has it.
-- $1: the table's oid. Lock: SHARE UPDATE EXCLUSIVE. Not in a transaction.
SELECT format('table %I.%I', n.nspname, r.relname) AS object,
       format('VACUUM (INDEX_CLEANUP auto, TRUNCATE off) %I.%I', n.nspname, r.relname) AS statement,
       'SHARE UPDATE EXCLUSIVE' AS lock,
       NULL::text AS relation,
       NULL::text AS also
FROM conversion v
JOIN pg_class r ON r.oid = v.relid
JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE v.relid = $1 AND v.outcome IS NULL AND v.swapped_at IS NULL
  AND NOT EXISTS (SELECT FROM journal j WHERE j.conversion = v.id AND j.phase = 'index' AND j.step = 'vacuum')
