-- Files of WAL that wait for the archive, as every role can tell: complete ones since the last that was archived.
-- -> files; NULL: none was archived since the statistics were reset. Lock: none.
WITH size AS (
    SELECT pg_size_bytes(current_setting('wal_segment_size')) AS bytes
), last AS (
    SELECT substring(a.last_archived_wal FROM '^[0-9A-F]{24}') AS name
    FROM pg_stat_archiver a
)
SELECT CASE WHEN current_setting('archive_mode') = 'off' THEN 0
            ELSE greatest(div(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), s.bytes) - 1
                          - ('x' || substr(l.name, 9, 8))::bit(32)::bigint * (4294967296 / s.bytes)
                          - ('x' || substr(l.name, 17, 8))::bit(32)::bigint, 0) END::bigint AS files
FROM size s, last l
