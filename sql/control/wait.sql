-- Conversion $1 waits for $2; NULL: it waits no more. $3: all is ready for its swap.
UPDATE conversion
SET ready_since = CASE WHEN $2::text IS NOT NULL AND $3::bool THEN coalesce(ready_since, clock_timestamp()) END,
    waits_for = $2
WHERE id = $1::int
