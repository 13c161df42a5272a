-- Nothing holds up conversion $1: what an instance that was killed has left, and at the end of the backfill.
-- No columns. Lock: none on a table of the user's.
DELETE FROM throttle t WHERE t.conversion = $1::int
