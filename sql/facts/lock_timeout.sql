-- How long a statement of this session waits for a lock from now on.
-- $1: milliseconds, 0: without limit
SELECT set_config('lock_timeout', $1::text, false)
