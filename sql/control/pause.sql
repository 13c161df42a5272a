-- Pauses conversion $1 in the name of $2. A pause that stands already stays whose it is. Returns whether it is new.
INSERT INTO control AS k (conversion, paused_at, paused_by) VALUES ($1::int, clock_timestamp(), $2)
ON CONFLICT (conversion) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by
WHERE k.paused_at IS NULL
RETURNING true
