-- Is the swap visible, and its lock gone? A COMMIT releases its locks before it unlinks the files of dropped indexes, which
-- takes long when they are large: its answer is no measure of how long clients had to wait. pg_locks, which stops all
-- locking for a moment, is only looked at when the swap is visible: that comes just before its locks go.
-- $1: the server process that swaps, $2: the table's oid
-- Columns: released, at (milliseconds of Unix time, after the look)
-- Lock: none
SELECT look.released, extract(epoch FROM clock_timestamp()) * 1000 AS at
  FROM (SELECT pg_sleep(0.001)) AS pause,
       LATERAL (SELECT CASE WHEN pause IS NOT NULL
                             AND EXISTS (SELECT FROM conversion AS c
                                          WHERE c.relid = $2::oid AND c.outcome IS NULL AND c.swapped_at IS NOT NULL)
                            THEN NOT EXISTS (SELECT FROM pg_locks AS l
                                              WHERE l.pid = $1::int AND l.locktype = 'relation' AND l.relation = $2::oid
                                                AND l.mode = 'AccessExclusiveLock' AND l.granted)
                            ELSE false END AS released
                OFFSET 0) AS look
