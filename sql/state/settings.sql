-- The settings with which conversion $1 is run now, as they were given, for who looks at it from elsewhere.
-- ($1 conversion, $2 chunk size or 0: adaptive, $3 chunk time in ms, $4 jobs, $5 lock timeout in ms, $6 lock retries)
INSERT INTO setting (conversion, name, value)
SELECT $1::int, s.name, s.value
  FROM (VALUES ('chunk-size', $2::text), ('chunk-time', $3 || 'ms'), ('jobs', $4), ('lock-timeout', $5 || 'ms'),
               ('lock-retries', $6)) AS s (name, value)
    ON CONFLICT (conversion, name) DO UPDATE SET value = excluded.value
