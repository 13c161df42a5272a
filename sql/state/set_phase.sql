-- Writes where conversion $1 stands, and who runs it. ($1 id, $2 phase, $3 done, $4 client host, $5 client pid)
UPDATE conversion
   SET phase = $2, phase_done = $3::bool, updated_at = clock_timestamp(),
       client_host = $4, client_pid = $5::int, server_pid = pg_backend_pid()
 WHERE id = $1::int
