-- Who holds the advisory lock of table $1: pid, application_name, host, since when its session is there.
SELECT l.pid, coalesce(a.application_name, ''),
       coalesce(a.client_hostname, host(a.client_addr), 'this host'),
       coalesce(to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS'), 'an unknown time')
  FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.classid = 1885828969::oid AND l.objid = $1::oid
 LIMIT 1
