-- Pauses conversion $1; $2: whence ("host, process 4711")
-- A pause that stands already stays whose it is. Returns whether it is new.
INSERT INTO control AS k (conversion, paused_at, paused_by) VALUES ($1::int, clock_timestamp(), format('%s on %s', session_user, $2::text))
ON CONFLICT (conversion) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by
WHERE k.paused_at IS NULL
RETURNING true
