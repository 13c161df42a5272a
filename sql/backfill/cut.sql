-- Cuts the rest of a part into several: the part keeps its position and ends at the first cut, each cut begins a new
-- part that ends where the next one begins.
-- $1 conversion, $2 part, $3 bigint[] of cuts, ascending, inside of the part. No columns. Locks: none of the user's.
WITH cut AS (
    SELECT r.conversion, r.relid, r.filenode, c.block AS block_from, c.ordinality,
           lead(c.block, 1, r.block_to) OVER (ORDER BY c.ordinality) AS block_to,
           (SELECT max(o.part) FROM backfill_range o WHERE o.conversion = r.conversion) AS last
    FROM backfill_range r
    CROSS JOIN unnest($3::bigint[]) WITH ORDINALITY AS c (block, ordinality)
    WHERE r.conversion = $1::int AND r.part = $2::int
), made AS (
    INSERT INTO backfill_range (conversion, part, relid, filenode, block_from, block_to, window_start, block)
    SELECT c.conversion, c.last + c.ordinality, c.relid, c.filenode, c.block_from, c.block_to, c.block_from, c.block_from
    FROM cut c
)
UPDATE backfill_range r
SET block_to = c.block_from
FROM cut c
WHERE r.conversion = $1::int AND r.part = $2::int AND c.ordinality = 1
