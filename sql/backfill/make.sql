-- Makes the conversion's block ranges as one part, when there are none or when the table's rows were moved to another
-- file before all were done (VACUUM FULL, CLUSTER, TRUNCATE): then anew from block 0, with the size of the new file.
-- $1 conversion, $2 filenode, $3 blocks (as relation.sql has read them).
-- Columns: restarted (there were ranges of another filenode). No row: nothing to make. Locks: none of the user's.
WITH stored AS (
    SELECT count(*) AS parts,
           COALESCE(bool_and(r.done), false) AS done,
           COALESCE(bool_or(r.filenode <> $2::oid), false) AS moved
    FROM backfill_range r
    WHERE r.conversion = $1::int
), others AS (
    DELETE FROM backfill_range r
    USING stored s
    WHERE r.conversion = $1::int AND r.part > 0 AND s.moved AND NOT s.done
)
INSERT INTO backfill_range AS r (conversion, part, filenode, block_from, block_to, window_start, block, done)
SELECT $1::int, 0, $2::oid, 0, $3::bigint, 0, 0, $3::bigint = 0
FROM stored s
WHERE s.parts = 0 OR (s.moved AND NOT s.done)
ON CONFLICT (conversion, part) DO UPDATE
SET filenode = EXCLUDED.filenode, block_from = 0, block_to = EXCLUDED.block_to, window_start = 0, pass = 0, block = 0,
    line_pointer = 0, rows_done = 0, done = EXCLUDED.done
RETURNING (SELECT s.parts > 0 FROM stored s) AS restarted
