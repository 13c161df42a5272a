-- The streaming standbys that have not replayed up to $1 (pg_lsn). Logical ones (walsenders of a slot's consumer) have
-- no replay that a lock could hold up; without pg_monitor the columns are NULL and no row comes.
SELECT coalesce(nullif(r.application_name, ''), host(r.client_addr), r.pid::text)
  FROM pg_stat_replication r
 WHERE r.state = 'streaming' AND r.replay_lsn < $1::pg_lsn
   AND NOT EXISTS (SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
 ORDER BY r.replay_lsn
 LIMIT 1
