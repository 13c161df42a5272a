-- Writes down that a signal holds up a conversion, or that it does so no more. Nobody waits for the commit: it might be the
-- commits that are slow.
-- $1 conversion, $2 signal, $3 does it hold, $4 value, $5 limit (NULL: not known), $6 unit, $7 since (Unix time), $8 detail
-- No columns. Lock: none on a table of the user's.
WITH gone AS (
    DELETE FROM throttle t
     USING (SELECT set_config('synchronous_commit', 'off', true)) AS asynchronous
     WHERE t.conversion = $1::int AND t.signal = $2 AND NOT $3::bool
)
INSERT INTO throttle (conversion, signal, value, bound, unit, since, detail)
SELECT $1::int, $2, $4::float8, $5::float8, $6, to_timestamp($7::float8), $8
  FROM (SELECT set_config('synchronous_commit', 'off', true)) AS asynchronous
 WHERE $3::bool
    ON CONFLICT (conversion, signal) DO UPDATE
   SET value = excluded.value, bound = excluded.bound, unit = excluded.unit, since = excluded.since,
       detail = excluded.detail
