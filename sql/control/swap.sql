-- Lets conversion $1 go to its swap, or holds it ($2: go, hold); $3: whence ("host, process 4711").
INSERT INTO control (conversion, swap, swap_by) VALUES ($1::int, $2, format('%s on %s', session_user, $3::text))
ON CONFLICT (conversion) DO UPDATE SET swap = excluded.swap, swap_by = excluded.swap_by
