-- Whom one of our sessions waits for: as blockers.sql, and for CREATE INDEX CONCURRENTLY the session whose lock or snapshot
-- it waits for now.
-- $1: pid of the waiting server process
-- pid, application, user, state, query (80 characters), seconds (age of the transaction), caller. Lock: none.
WITH locker AS (
    SELECT b.pid FROM unnest(pg_blocking_pids($1::int)) b(pid)
    UNION
    SELECT p.current_locker_pid::int FROM pg_stat_progress_create_index p WHERE p.pid = $1 AND p.current_locker_pid <> 0
)
SELECT l.pid, coalesce(nullif(a.application_name, ''), a.backend_type, '') AS application, coalesce(a.usename, '') AS user,
       coalesce(a.state, CASE WHEN l.pid = 0 THEN 'prepared' ELSE '' END) AS state,
       left(regexp_replace(btrim(coalesce(a.query, ''), E' \t\n\r'), '\s+', ' ', 'g'), 80) AS query,
       coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS seconds,
       coalesce(a.state LIKE 'idle in transaction%' AND a.client_addr IS NOT DISTINCT FROM me.client_addr
                AND a.xact_start < me.backend_start AND a.application_name NOT LIKE 'pgwiden:%', false) AS caller
FROM locker l
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_stat_activity me ON me.pid = $1
ORDER BY seconds DESC, l.pid
