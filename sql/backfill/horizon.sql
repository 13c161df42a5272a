-- Who holds back the xmin horizon most: what was replaced after its snapshot was taken can't be pruned. Counted are the
-- snapshots of sessions of this database, transactions with an xid in all databases (every new snapshot goes back to the
-- oldest of them), prepared ones, and what standbys hold with hot_standby_feedback, directly or by a slot. VACUUM's
-- snapshots are no obstacle (PostgreSQL 14), ANALYZE's are, also those of a VACUUM ANALYZE. The sessions that do the
-- backfill are not counted: their transactions are short. They have the application_name of the one that asks, which is not
-- what they were given where that is long or not ASCII. The one that runs the user's --throttle-query is counted.
-- backend_xmin, backend_xid and application_name are seen by every role (tried on 14, 15, 18), the transaction's start, its
-- state and its query only with pg_read_all_stats.
-- $1 process of the session that runs the --throttle-query (0: none).
-- One row: visible (the role sees the rest too), next (xid, 64 bits), oldest (xid; equal to next: nobody), seconds (of the
-- holder's transaction, NULL: not known), who. Locks: none.
WITH holder AS (
    SELECT CASE WHEN a.backend_type = 'walsender' THEN 'standby ' || quote_ident(a.application_name) || ' (hot_standby_feedback)'
                ELSE 'process ' || a.pid || ' (' || concat_ws(', ', nullif(a.usename, ''), nullif(a.application_name, ''),
                     nullif(a.state, 'active'), nullif(a.backend_type, 'client backend')) || ')' END AS who,
           extract(epoch FROM clock_timestamp() - CASE WHEN a.backend_type <> 'walsender' THEN a.xact_start END) AS seconds,
           greatest(age(a.backend_xmin), age(a.backend_xid)) AS age
    FROM pg_stat_activity a
    WHERE a.pid <> pg_backend_pid()
      AND (a.pid = $1::int OR a.application_name IS DISTINCT FROM
           (SELECT o.application_name FROM pg_stat_activity o WHERE o.pid = pg_backend_pid()))
      AND (a.backend_xid IS NOT NULL
           OR a.backend_xmin IS NOT NULL AND (a.datname = current_database() OR a.datname IS NULL))
      AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum v WHERE v.pid = a.pid)
    UNION ALL
    SELECT 'prepared transaction ' || quote_literal(p.gid), extract(epoch FROM clock_timestamp() - p.prepared),
           age(p.transaction)
    FROM pg_prepared_xacts p
    UNION ALL
    SELECT 'replication slot ' || quote_ident(r.slot_name), NULL, age(r.xmin)
    FROM pg_replication_slots r
    WHERE r.xmin IS NOT NULL
), oldest AS (
    SELECT h.who, h.seconds, h.age
    FROM holder h
    WHERE h.age > 0
    ORDER BY h.age DESC
    LIMIT 1
), now AS (
    SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next
)
SELECT pg_has_role('pg_read_all_stats', 'USAGE') AS visible, n.next, n.next - COALESCE(o.age, 0) AS oldest, o.seconds,
       COALESCE(o.who, '') AS who
FROM now n
LEFT JOIN oldest o ON true
