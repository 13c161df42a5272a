-- The time that the swap of conversion $1 held its lock, in ms ($2). Its commit is synchronous, the swap's was not.
UPDATE conversion SET lock_held_ms = $2::float8 WHERE id = $1::int
