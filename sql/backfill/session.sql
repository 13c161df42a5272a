-- What a backfill session sets besides sql/session.sql. Losing the last chunks in a crash of the server is harmless, so
-- they need not wait for the disk. The scan must be a TID range scan, which prunes each page that it enters, whatever
-- the table's size; the plan never depends on the parameters. lock_timeout is below deadlock_timeout's default: it is
-- we who give way.
-- Parameters: none. One row. Locks: none.
SELECT set_config('synchronous_commit', 'off', false),
       set_config('lock_timeout', '200ms', false),
       set_config('enable_tidscan', 'on', false),
       set_config('enable_seqscan', 'off', false),
       set_config('plan_cache_mode', 'force_generic_plan', false)
