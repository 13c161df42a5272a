-- Open conversions: all of them, or with $1 (an array of oids) those of these tables.
-- Columns: id, table's oid, columns as targets joined by ", ", schema.table, swapped, paused since, by, swap; then who runs it:
-- server process (NULL: nobody), its application_name, host, since when it is connected
-- Lock: none of the user's
SELECT c.id, c.relid,
       (SELECT string_agg(format('%I.%I.%I', c.nspname, c.relname, k.attname), ', ' ORDER BY k.from_attnum)
        FROM conversion_column AS k WHERE k.conversion = c.id),
       format('%I.%I', c.nspname, c.relname), c.swapped_at IS NOT NULL,
       to_char(k.paused_at, 'YYYY-MM-DD HH24:MI:SS'), k.paused_by, k.swap,
       l.pid, coalesce(a.application_name, ''), coalesce(a.client_hostname, host(a.client_addr), 'this host'),
       coalesce(to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS'), 'an unknown time')
FROM conversion AS c
     LEFT JOIN control AS k ON k.conversion = c.id
     LEFT JOIN pg_locks AS l ON l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                            AND l.classid = 1885828969::oid AND l.objid = c.relid
     LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE c.outcome IS NULL AND ($1::oid[] IS NULL OR c.relid = ANY ($1::oid[]))
  AND c.nspname <> 'pgwiden'  -- a rehearsal's
ORDER BY c.id
