-- Files of WAL that wait for the archive. Needs pg_monitor (pg_ls_archive_statusdir).
-- -> files. Lock: none.
SELECT count(*) AS files
FROM pg_ls_archive_statusdir() f
WHERE f.name LIKE '%.ready' AND current_setting('archive_mode') <> 'off'
