-- Changes setting $2 of conversion $1 to $3 in the name of $4.
INSERT INTO tuning (conversion, name, value, set_by) VALUES ($1::int, $2, $3, $4)
ON CONFLICT (conversion, name) DO UPDATE
SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at
