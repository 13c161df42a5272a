# shellcheck shell=bash
# A throwaway PostgreSQL, reached through a socket in a directory of its own; no TCP, no cluster of a package.
#
#   server_find           sets server_bin to the programs of PostgreSQL 15, else of the newest that is installed
#   server_make DIR       makes a cluster in DIR (which must exist, and may be entered by others)
#   server_start NAME=VALUE..   starts it with these settings and points libpq's environment at it
#   server_stop           ends it at once, without a shutdown checkpoint: its directory is going to be removed
#
# As root the server runs as user postgres, or nobody: PostgreSQL refuses to run as root.

server_bin='' server_dir='' server_pid='' server_as=()

server_find() {
    local candidate
    server_bin=/usr/lib/postgresql/15/bin
    [ ! -x "$server_bin/initdb" ] || return 0
    for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) /usr/pgsql-*/bin \
        "$(pg_config --bindir 2>/dev/null || true)" "$(dirname "$(command -v initdb || echo none)")"; do
        server_bin=$candidate
        [ ! -x "$server_bin/initdb" ] || [ ! -x "$server_bin/pgbench" ] || return 0
    done
    echo "no PostgreSQL server's programs (initdb) found" >&2
    return 1
}

server_make() {
    local user=postgres
    server_dir=$1
    mkdir -m 700 "$server_dir/data" "$server_dir/socket"
    if [ "$(id -u)" = 0 ]; then
        id "$user" >/dev/null 2>&1 || user=nobody
        chown "$user" "$server_dir/data" "$server_dir/socket"
        server_as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups env HOME="$server_dir")
    fi
    # in a directory that the other user may read
    (cd "$server_dir" && exec "${server_as[@]}" "$server_bin/initdb" -D data -U postgres -A trust --no-sync \
        --locale=C -E UTF8)
}

server_start() {
    local settings=() setting tries=0 ready=$server_bin/pg_isready
    # a server without the client programs
    [ -x "$ready" ] || ready=pg_isready
    for setting in "$@"; do
        settings+=(-c "$setting")
    done
    # a session of its own: Ctrl-C is the script's matter
    (cd "$server_dir" && exec "${server_as[@]}" setsid "$server_bin/postgres" -D data -k "$server_dir/socket" -p 5432 \
        -c listen_addresses= "${settings[@]}") >>"$server_dir/server.log" 2>&1 </dev/null &
    server_pid=$!
    export PGHOST=$server_dir/socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
    until "$ready" -q; do
        tries=$((tries + 1))
        if [ "$tries" = 300 ] || ! kill -0 "$server_pid" 2>/dev/null; then
            tail -5 "$server_dir/server.log" >&2
            return 1
        fi
        sleep 0.1
    done
}

server_stop() {
    local postmaster=$server_pid tries=0
    [ -n "$server_pid" ] || return 0
    server_pid=''
    kill -QUIT "$postmaster" 2>/dev/null || true
    while kill -0 "$postmaster" 2>/dev/null && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    kill -KILL "$postmaster" 2>/dev/null || true
}
