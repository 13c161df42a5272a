-- What the instance that runs conversion $1 has been asked for since, read four times a second by a session of its own.
-- $1: conversion; $2: the server process that a stop must mean; $3: the session's application_name from now on
-- Columns: paused since (Unix time), by; stop, by; swap, by; time and name of the server's time zone; application_name;
-- whether the server process waits for a synchronous standby;
-- then a row for each setting that `set` changed (name is NULL when there is none): name, value, by
-- Lock: none of the user's
SELECT extract(epoch FROM k.paused_at), k.paused_by, CASE WHEN k.stop_pid = $2::int THEN k.stop_by END,
       k.swap, k.swap_by, to_char(clock_timestamp(), 'HH24:MI'), current_setting('TimeZone'), me.name,
       (SELECT a.wait_event = 'SyncRep' FROM pg_stat_get_activity($2::int) AS a),
       t.name, t.value, t.set_by
FROM (SELECT set_config('application_name', $3, false)) AS me (name)
     LEFT JOIN control AS k ON k.conversion = $1::int
     LEFT JOIN tuning AS t ON t.conversion = $1::int
ORDER BY t.name
