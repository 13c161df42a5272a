-- Other tables of this database that are being backfilled, and not paused. $1: the conversion that asks.
-- Column: their names joined by ", "; NULL: there is none
-- Lock: none of the user's
SELECT string_agg(format('%I.%I', c.nspname, c.relname), ', ' ORDER BY c.id)
FROM conversion AS c
     LEFT JOIN control AS k ON k.conversion = c.id
WHERE c.id <> $1::int AND c.outcome IS NULL AND c.phase = 'backfill' AND NOT c.phase_done
  AND c.nspname <> 'pgwiden' -- a rehearsal's
  AND k.paused_at IS NULL
  AND EXISTS (SELECT FROM pg_locks AS l
              WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND l.classid = 1885828969::oid AND l.objid = c.relid)
