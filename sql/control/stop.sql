-- Asks server process $2, which runs conversion $1, to end. $3: whence ("host, process 4711").
INSERT INTO control (conversion, stop_pid, stop_by) VALUES ($1::int, $2::int, format('%s on %s', session_user, $3::text))
ON CONFLICT (conversion) DO UPDATE SET stop_pid = excluded.stop_pid, stop_by = excluded.stop_by
