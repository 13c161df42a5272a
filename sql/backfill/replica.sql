-- The user's own triggers do not fire for what the backfill writes. Fails with 42501 where the role may not do that
-- (before 15 superusers only, since then GRANT SET ON PARAMETER): preflight has looked at the triggers for that case.
-- Parameters: none. One row. Locks: none.
SELECT set_config('session_replication_role', 'replica', false)
