-- All is ready for the swap of conversion $1, which waits for $2; NULL: it waits no more.
UPDATE conversion
SET ready_since = CASE WHEN $2::text IS NOT NULL THEN coalesce(ready_since, clock_timestamp()) END, waits_for = $2
WHERE id = $1::int
