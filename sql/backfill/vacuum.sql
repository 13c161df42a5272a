-- VACUUM of a leaf that has grown too much: what it frees takes the rows that leave their pages from then on. As gentle as
-- autovacuum (vacuum_cost_delay, set for this session). The file is not cut: that would need a strong
-- lock.
-- $1 oid. Columns: statement. No row: there is no such table. Locks: none; the statement takes SHARE UPDATE EXCLUSIVE.
SELECT format('VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) %I.%I', n.nspname, c.relname) AS statement,
       set_config('vacuum_cost_delay', '2ms', false)
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = $1::oid
