-- How long a commit takes: a tiny write of our own, committed as clients do it, timed by the server. Several statements in one
-- message: the time is taken after the COMMIT.
-- -> ms. Lock: none on a table of the user's.
SELECT set_config('pgwiden.probed_at', extract(epoch FROM clock_timestamp())::text, false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                                        ELSE current_setting('synchronous_commit') END, false);
BEGIN;
INSERT INTO commit_probe (pid, at) VALUES (pg_backend_pid(), now()) ON CONFLICT (pid) DO UPDATE SET at = excluded.at;
COMMIT;
SELECT (extract(epoch FROM clock_timestamp()) - current_setting('pgwiden.probed_at')::numeric) * 1000 AS ms
