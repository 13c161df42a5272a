-- Every conversion of the database, open ones first. Takes no lock on a table of the user's.
-- -> target, type now, phase, phase_done, outcome, swapped, running, percent of blocks, rows_done, rows a second,
--    seconds to go in the backfill (-1: not known), lock_held_ms, who, started, updated, finished, id,
--    paused since, by, ready since, what its swap waits for, whom its session waits for,
--    share of HOT updates (NULL: none yet), how it is swept when not as it should, seconds until the ids run out (-1: not
--    known)
WITH locked AS MATERIALIZED (
    SELECT l.objid AS relid FROM pg_locks l
     WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.classid = 1885828969::oid)
SELECT coalesce((SELECT string_agg(format('%I.%I.%I', c.nspname, c.relname, k.attname), ', ' ORDER BY k.from_attnum)
                   FROM conversion_column k WHERE k.conversion = c.id), format('%I.%I', c.nspname, c.relname)),
       coalesce((SELECT format_type(a.atttypid, a.atttypmod)
                   FROM pg_attribute a JOIN conversion_column k ON k.conversion = c.id AND k.attname = a.attname
                  WHERE a.attrelid = c.relid AND NOT a.attisdropped LIMIT 1), 'dropped'),
       c.phase, c.phase_done, coalesce(c.outcome, ''), c.swapped_at IS NOT NULL,
       c.relid IN (SELECT relid FROM locked),
       coalesce(r.percent, 0), c.rows_done,
       CASE WHEN c.backfill_ms > 0 THEN c.rows_done * 1000 / c.backfill_ms ELSE 0 END,
       CASE WHEN r.percent > 0 AND r.percent < 100 THEN c.backfill_ms / 1000 * (100 - r.percent) / r.percent
            ELSE -1 END,
       coalesce(c.lock_held_ms, 0), coalesce(c.client_host || ', process ' || c.client_pid, ''),
       to_char(c.started_at, 'YYYY-MM-DD HH24:MI:SS'), to_char(c.updated_at, 'YYYY-MM-DD HH24:MI:SS'),
       coalesce(to_char(c.finished_at, 'YYYY-MM-DD HH24:MI:SS'), ''), c.id,
       to_char(k.paused_at, 'YYYY-MM-DD HH24:MI:SS'), k.paused_by, to_char(c.ready_since, 'YYYY-MM-DD HH24:MI:SS'),
       c.waits_for,
       coalesce(
           (SELECT string_agg(format('pid %s (%s, %s, %s s)', p.pid, coalesce(nullif(p.application_name, ''), 'no name'),
                                     p.state, round(extract(epoch FROM clock_timestamp() - p.xact_start))), ', '
                              ORDER BY p.xact_start)
              FROM unnest(pg_blocking_pids(c.server_pid)) b(pid) JOIN pg_stat_activity p ON p.pid = b.pid
             WHERE c.outcome IS NULL),
           (SELECT 'a synchronous standby' FROM pg_stat_activity p
             WHERE c.outcome IS NULL AND p.pid = c.server_pid AND p.wait_event = 'SyncRep')),
       c.hot_rows::float8 / nullif(c.rows_done, 0), c.sweep,
       coalesce((SELECT min(f.seconds) FROM fed f WHERE f.conversion = c.id), -1)
  FROM conversion c
  LEFT JOIN control k ON k.conversion = c.id
  LEFT JOIN LATERAL (
       SELECT 100.0 * sum(CASE WHEN b.done THEN b.block_to - b.block_from
                               ELSE greatest(least(b.swept, b.block_to - b.block_from), b.window_start - b.block_from) END)
              / nullif(sum(b.block_to - b.block_from), 0) AS percent
         FROM backfill_range b WHERE b.conversion = c.id) r ON true
 WHERE c.nspname <> 'pgwiden'  -- a rehearsal's
 ORDER BY c.outcome IS NOT NULL, c.id
