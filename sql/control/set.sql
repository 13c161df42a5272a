-- Changes setting $2 of conversion $1 to $3; $4: whence ("host, process 4711").
INSERT INTO tuning (conversion, name, value, set_by) VALUES ($1::int, $2, $3, format('%s on %s', session_user, $4::text))
ON CONFLICT (conversion, name) DO UPDATE
SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at
