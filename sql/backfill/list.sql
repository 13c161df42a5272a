-- The parts of a conversion's backfill, the largest rest first: what is taken last keeps one session busy alone.
-- $1 conversion. Columns: part, relid, block_from, block_to, window_start, pass, block, line_pointer, rows_done.
-- Locks: none.
SELECT r.part, r.relid, r.block_from, r.block_to, r.window_start, r.pass, r.block, r.line_pointer, r.rows_done
FROM backfill_range r
WHERE r.conversion = $1::int
ORDER BY r.block_to - r.window_start DESC, r.part
