-- Ends conversion $1 with outcome $2 (done, aborted); its definitions and ranges are not needed any more.
WITH ended AS (
    UPDATE conversion
       SET outcome = $2, phase_done = true, finished_at = clock_timestamp(), updated_at = clock_timestamp()
     WHERE id = $1::int
    RETURNING id
), definitions AS (
    DELETE FROM definition d USING ended WHERE d.conversion = ended.id
)
DELETE FROM backfill_range r USING ended WHERE r.conversion = ended.id
