-- What of the server's settings bears on how a table's figures grow with it.
-- Columns: max_wal_size, shared_buffers, maintenance_work_mem (bytes), workers (of an index build), full_page_writes, hints_logged
-- Lock: none
SELECT pg_size_bytes(current_setting('max_wal_size')) AS max_wal_size,
       pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers,
       pg_size_bytes(current_setting('maintenance_work_mem')) AS maintenance_work_mem,
       least(current_setting('max_parallel_maintenance_workers')::int, current_setting('max_parallel_workers')::int) AS workers,
       current_setting('full_page_writes')::bool AS full_page_writes,
       current_setting('data_checksums')::bool OR current_setting('wal_log_hints')::bool AS hints_logged
