-- The conversion of table $1 that is open, or with $2 = true the last one that ended; no row: none.
-- ($1 oid, $2 bool) -> id, phase, phase_done, swapped, outcome, columns, column count, lock_held_ms, rows_done,
-- backfill_ms, size_before, seconds since the start, WAL bytes since the start, the columns' types before
SELECT c.id, c.phase, c.phase_done, c.swapped_at IS NOT NULL, c.outcome,
       (SELECT string_agg(quote_ident(k.attname), ', ' ORDER BY k.from_attnum)
          FROM conversion_column k WHERE k.conversion = c.id),
       (SELECT count(*) FROM conversion_column k WHERE k.conversion = c.id),
       c.lock_held_ms, c.rows_done, c.backfill_ms, c.size_before,
       extract(epoch FROM clock_timestamp() - c.started_at),
       CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_insert_lsn(), c.wal_start) END,
       (SELECT string_agg(DISTINCT CASE k.typname WHEN 'int2' THEN 'smallint' ELSE 'integer' END, ', ')
          FROM conversion_column k WHERE k.conversion = c.id)
  FROM conversion c
 WHERE c.relid = $1::oid AND (c.outcome IS NULL) = NOT $2::bool
 ORDER BY c.id DESC
 LIMIT 1
