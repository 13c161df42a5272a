-- How far the CREATE INDEX or VACUUM of server process $1 has come: blocks done, blocks in all; no row: not known.
SELECT blocks_done, blocks_total FROM pg_stat_progress_create_index WHERE pid = $1::int
UNION ALL
SELECT heap_blks_scanned, heap_blks_total FROM pg_stat_progress_vacuum WHERE pid = $1::int
