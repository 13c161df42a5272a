-- Nothing holds up conversion $1: what an instance that was killed has left, and at the end of the backfill. Nobody waits
-- for the commit.
-- No columns. Lock: none on a table of the user's.
DELETE FROM throttle t
 USING (SELECT set_config('synchronous_commit', 'off', true)) AS asynchronous
 WHERE t.conversion = $1::int
