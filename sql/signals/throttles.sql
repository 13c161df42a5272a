-- What holds up conversion $1 now, oldest first. Rows of an instance that was killed stay: whether one runs is asked
-- elsewhere.
-- -> signal, value, limit (NULL: not known), unit, since (Unix time), detail
SELECT t.signal, t.value, t.bound, t.unit, extract(epoch FROM t.since), t.detail
  FROM throttle t
 WHERE t.conversion = $1::int
 ORDER BY t.since, t.signal
