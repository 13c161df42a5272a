-- Lets conversion $1 go to its swap, or holds it ($2: go, hold), in the name of $3.
INSERT INTO control (conversion, swap, swap_by) VALUES ($1::int, $2, $3)
ON CONFLICT (conversion) DO UPDATE SET swap = excluded.swap, swap_by = excluded.swap_by
