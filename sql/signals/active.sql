-- Sessions of others that are working at this moment.
-- -> sessions; NULL: can't be seen without pg_monitor. Lock: none.
SELECT CASE WHEN pg_has_role('pg_read_all_stats', 'USAGE') THEN
           count(*) FILTER (WHERE a.state = 'active' AND a.backend_type = 'client backend'
                              AND a.application_name NOT LIKE 'pgwiden: %') END AS sessions
FROM pg_stat_activity a
