-- Stores how far a session has come: all before that is committed by then. Also finds out what no chunk would notice:
-- that the leaf was detached.
-- $1 conversion, $2 part (NULL: of the last sweep, nothing but rows is counted), $3 leaf, $4 its filenode,
-- $5 window_start, $6 pass, $7 block, $8 line pointer, $9 rows and $10 milliseconds that were not counted yet,
-- $11 HOT updates among the rows, $12 how the sweep goes ("": as it should), $13 blocks' worth of work done in the part.
-- Columns: moved (the leaf has another file, or is not in the tree any more), blocks (of the leaf now). Locks: none of the user's.
WITH RECURSIVE up (relid) AS (
    SELECT $3::oid
    UNION ALL
    SELECT i.inhparent
    FROM up u
    JOIN pg_inherits i ON i.inhrelid = u.relid AND NOT i.inhdetachpending
), here AS (
    SELECT pg_relation_filenode($3::oid) IS NOT DISTINCT FROM $4::oid
           AND c.relid IN (SELECT u.relid FROM up u) AS same
    FROM conversion c
    WHERE c.id = $1::int
), place AS (
    UPDATE backfill_range r
    SET window_start = $5::bigint, pass = $6::int, block = $7::bigint, line_pointer = $8::int,
        rows_done = r.rows_done + $9::bigint, swept = $13::float8, done = $5::bigint >= r.block_to
    FROM here h
    WHERE r.conversion = $1::int AND r.part = $2::int AND r.relid = $3::oid AND r.filenode = $4::oid AND h.same
), total AS (
    UPDATE conversion c
    SET rows_done = c.rows_done + $9::bigint, backfill_ms = c.backfill_ms + $10::float8,
        hot_rows = c.hot_rows + $11::bigint, sweep = $12, updated_at = clock_timestamp()
    WHERE c.id = $1::int
)
SELECT NOT h.same AS moved, pg_relation_size($3::oid) / current_setting('block_size')::bigint AS blocks
FROM here h
