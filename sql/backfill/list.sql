-- The parts of a conversion's backfill.
-- $1 conversion. Columns: part, filenode, block_from, block_to, window_start, pass, block, line_pointer, rows_done,
-- done. Locks: none.
SELECT r.part, r.filenode, r.block_from, r.block_to, r.window_start, r.pass, r.block, r.line_pointer, r.rows_done,
       r.done
FROM backfill_range r
WHERE r.conversion = $1::int
ORDER BY r.part
