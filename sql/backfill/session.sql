-- What a backfill session sets for itself. Without row_security a policy that would hide rows from us is an error.
-- The scan must be a TID range scan (it prunes each page that it enters) and is no work for the JIT compiler; the
-- plan never depends on the parameters. lock_timeout is below deadlock_timeout: it is we who give way.
-- Parameters: none. One row. Locks: none.
SELECT set_config('synchronous_commit', 'off', false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('lock_timeout', '200ms', false),
       set_config('row_security', 'off', false),
       set_config('enable_tidscan', 'on', false),
       set_config('enable_seqscan', 'off', false),
       set_config('jit', 'off', false),
       set_config('plan_cache_mode', 'force_generic_plan', false)
