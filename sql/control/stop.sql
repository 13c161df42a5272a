-- Asks server process $2, which runs conversion $1, to end, in the name of $3.
INSERT INTO control (conversion, stop_pid, stop_by) VALUES ($1::int, $2::int, $3)
ON CONFLICT (conversion) DO UPDATE SET stop_pid = excluded.stop_pid, stop_by = excluded.stop_by
