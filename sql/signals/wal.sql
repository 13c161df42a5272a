-- How much WAL the server has written since it was made.
-- -> bytes. Lock: none.
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS bytes
