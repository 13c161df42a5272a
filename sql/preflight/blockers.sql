-- Who holds or waits for a lock on one of some relations: all modes conflict with ACCESS EXCLUSIVE. Prepared
-- transactions have pid 0.
-- $1: oids of the relations
-- pid, application, user, state, query (80 characters), seconds (age of the transaction), caller (an idle transaction from
-- our own host that was there before us: likely whoever started us, so that it waits for us). Works without pg_monitor:
-- what is hidden then comes as ''. Lock: none.
WITH locker AS (
    SELECT l.pid, min(l.virtualtransaction) AS virtualtransaction, bool_or(l.granted) AS granted
    FROM pg_locks l
    WHERE l.locktype = 'relation' AND l.relation = ANY ($1::oid[])
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.pid IS DISTINCT FROM pg_backend_pid()
    GROUP BY l.pid, CASE WHEN l.pid IS NULL THEN l.virtualtransaction END
)
SELECT coalesce(l.pid, 0) AS pid, coalesce(nullif(a.application_name, ''), a.backend_type, '') AS application,
       coalesce(a.usename, x.owner, '') AS user,
       coalesce(a.state, CASE WHEN l.pid IS NULL THEN 'prepared' ELSE '' END) AS state,
       left(regexp_replace(btrim(coalesce(a.query, 'COMMIT or ROLLBACK PREPARED ' || quote_literal(x.gid), ''), E' \t\n\r'),
                           '\s+', ' ', 'g'), 80) AS query,
       coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, x.prepared)), 0)::float8 AS seconds,
       coalesce(a.state LIKE 'idle in transaction%' AND a.client_addr IS NOT DISTINCT FROM me.client_addr
                AND a.xact_start < me.backend_start AND a.application_name NOT LIKE 'pgwiden:%', false) AS caller
FROM locker l
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_stat_activity me ON me.pid = pg_backend_pid()
-- a prepared transaction keeps the virtual number of the session that it came from (after a restart -1/xid); the lock on
-- its own number tells which one it is
LEFT JOIN pg_locks own ON l.pid IS NULL AND own.pid IS NULL AND own.locktype = 'transactionid' AND own.granted
                      AND own.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_prepared_xacts x ON x.transaction = own.transactionid
ORDER BY l.granted DESC, seconds DESC, pid
