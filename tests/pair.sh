#!/bin/bash
# A primary with an archive that can be made to fail, and a streaming standby of it made by pg_basebackup, for
# tests/test_throttle_servers.c. usage: tests/pair.sh DIR; prints "ready" and keeps them until its standard input is closed.
#
# DIR/socket is the primary's directory for sockets, port 5432; the standby listens in the same one at 5433. While
# DIR/socket/full is there nothing is archived.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/server.sh
. "$root/tests/server.sh"

dir=$1 standby=''
stop() {
    trap '' INT TERM HUP
    [ -z "$standby" ] || kill -QUIT "$standby" 2>/dev/null || true
    server_stop
    rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' INT TERM HUP

server_find
[ -x "$server_bin/pg_basebackup" ] || { echo 'no pg_basebackup'; exit 0; }
chmod 755 "$dir"
server_make "$dir" >/dev/null 2>&1
server_start fsync=off wal_level=logical archive_mode=on archive_command="test ! -e '$dir/socket/full'" max_wal_senders=8 \
    max_replication_slots=8 wal_receiver_status_interval=1 shared_buffers=32MB max_wal_size=4GB
mkdir -m 700 "$dir/copy" "$dir/received"
[ "$(id -u)" != 0 ] || chown --reference="$dir/data" "$dir/copy"
(cd "$dir" && "${server_as[@]}" "$server_bin/pg_basebackup" -h "$dir/socket" -p 5432 -U postgres -D "$dir/copy" -c fast -R \
    --no-sync) >/dev/null
(cd "$dir" && exec "${server_as[@]}" setsid "$server_bin/postgres" -D copy -k "$dir/socket" -p 5433 -c listen_addresses= \
    -c cluster_name=standby2 -c wal_receiver_status_interval=1 -c fsync=off) >>"$dir/standby.log" 2>&1 </dev/null &
standby=$!
for _ in $(seq 300); do
    streaming=$(psql -XAtc "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
    [ "$streaming" = 0 ] || break
    sleep 0.1
done
echo ready
# in the background: a signal must not wait for the end of the input
cat <&0 >/dev/null &
wait "$!" || true
