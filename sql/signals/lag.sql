-- How far the standbys and the slots are behind. A logical slot counts by what was confirmed, an inactive physical one by
-- what it keeps back; one that is used by a standby's connection is that standby's row. A connection that replays nothing is
-- no standby (pg_receivewal, pg_basebackup): it comes and goes, and may have nothing flushed but whole segments. Without
-- pg_monitor only the number of connections can be seen: what is not known of their rows is hidden.
-- $1 names to be ignored, joined by commas, with * and ?
-- -> name, key (tells those of the same name apart), kind (standby, slot), hidden, ignored, seconds (as the server says;
--    NULL: it has caught up, or it is not known), bytes, replayed and flushed (positions; NULL: not known), here (the
--    position of the primary), active (somebody is connected). One row with here only when there is none. Lock: none.
WITH here AS MATERIALIZED (
    SELECT pg_current_wal_flush_lsn() AS lsn
), ignored AS (
    SELECT replace(replace(regexp_replace(trim(p.name), '([\\%_])', '\\\1', 'g'), '*', '%'), '?', '_') AS pattern
    FROM unnest(string_to_array($1::text, ',')) AS p (name)
), sender AS (
    SELECT r.pid, r.application_name, r.client_addr, r.state, r.flush_lsn, r.replay_lsn,
           extract(epoch FROM CASE WHEN r.replay_lsn IS NULL THEN r.flush_lag ELSE r.replay_lag END) AS seconds
    FROM pg_stat_replication r
    WHERE r.state IS NULL OR r.state IN ('streaming', 'catchup')
), peer AS (
    SELECT coalesce(nullif(r.application_name, ''), s.slot_name, host(r.client_addr), 'process ' || r.pid) AS name,
           concat_ws(' ', 'standby', s.slot_name, r.application_name, host(r.client_addr)) AS key, 'standby' AS kind,
           r.application_name, s.slot_name, r.state IS NULL AS hidden, r.seconds, r.replay_lsn AS lsn, r.flush_lsn AS flushed,
           true AS active
    FROM sender r
    LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid
    WHERE s.slot_type IS DISTINCT FROM 'logical' AND (r.state IS NULL OR r.replay_lsn IS NOT NULL)
    UNION ALL
    SELECT s.slot_name, 'slot ' || s.slot_name, 'slot', r.application_name, s.slot_name, r.pid IS NOT NULL AND r.state IS NULL,
           r.seconds, coalesce(s.confirmed_flush_lsn, s.restart_lsn), NULL, s.active
    FROM pg_replication_slots s
    LEFT JOIN sender r ON r.pid = s.active_pid
    WHERE (s.slot_type = 'logical' OR NOT s.active) AND s.wal_status IS DISTINCT FROM 'lost'
      AND coalesce(s.confirmed_flush_lsn, s.restart_lsn) IS NOT NULL
)
SELECT p.name, p.key, p.kind, p.hidden,
       EXISTS (SELECT FROM ignored i WHERE p.application_name LIKE i.pattern OR p.slot_name LIKE i.pattern) AS ignored,
       p.seconds, greatest(pg_wal_lsn_diff(h.lsn, p.lsn), 0)::bigint AS bytes,
       pg_wal_lsn_diff(p.lsn, '0/0')::bigint AS replayed, pg_wal_lsn_diff(p.flushed, '0/0')::bigint AS flushed,
       pg_wal_lsn_diff(h.lsn, '0/0')::bigint AS here, p.active
FROM here h
LEFT JOIN peer p ON true
ORDER BY p.name
