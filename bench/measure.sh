# shellcheck shell=bash
# One measurement: a table made anew, clients or an old snapshot where the situation has them, a way from start to end.
# measure ROWS SHAPE SITUATION WAY sets `figures` to the members of a JSON object; what went wrong is its "error".

baseline_seconds=12 warm_up=2

measure() {
    local rows=$1 shape=$2 situation=$3 way=$4 began part_end resumed ended failed=''
    figures='' inserted=0
    measure_make "$rows" "$shape"
    clients_began=$EPOCHREALTIME
    case $situation in
    load) clients_start "$rows" && await sleep $((warm_up + baseline_seconds)) ;;
    snapshot) snapshot_take ;;
    esac
    observer_start
    read -r lsn_0 fpi_0 heap_0 indexes_0 _ <<<"$(counters)"
    began=$EPOCHREALTIME
    : >"$work/told"
    way_first_part "$way" >>"$work/told" 2>"$work/log" || failed=$(last_words $?)
    part_end=$EPOCHREALTIME
    await sleep 1
    read -r lsn_1 fpi_1 heap_1 indexes_1 hot vacuums <<<"$(counters)"
    [ "$situation" != snapshot ] || snapshot_release
    resumed=$EPOCHREALTIME
    [ -n "$failed" ] || way_second_part "$way" >>"$work/told" 2>"$work/log" || failed=$(last_words $?)
    ended=$EPOCHREALTIME
    await sleep 1
    read -r lsn_2 fpi_2 heap_2 indexes_2 _ <<<"$(counters)"
    observer_stop
    [ "$situation" != load ] || clients_stop
    if [ -n "$failed" ]; then
        add_text error "$failed"
        return
    fi
    add_times "$(awk "BEGIN { print $part_end - $began + $ended - $resumed }")" "$rows"
    add_growth "$rows"
    add_locks
    [ "$situation" != load ] || add_clients "$began" "$ended"
    measure_verify "$rows"
}

# last_words STATUS
last_words() { printf 'status %d: %s\n' "$1" "$(tail -1 "$work/log")"; }

measure_make() {
    local log=$work/log
    {
        echo 'SET client_min_messages = warning;'
        echo 'DROP SCHEMA IF EXISTS pgwiden CASCADE; DROP TABLE IF EXISTS t, t_old, t_copy;'
        echo 'DROP FUNCTION IF EXISTS t_copy_id();'
        cat "$root/bench/shapes/$2.sql"
        echo 'VACUUM (FREEZE, ANALYZE) t; CHECKPOINT;'
    } >"$work/make.sql"
    await "${psql[@]}" -o /dev/null -v rows="$1" -f "$work/make.sql" 2>"$log" || stop_with "$log"
    read -r columns indexes <<<"$(ask "
        SELECT (SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0),
               (SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass)")"
}

measure_verify() {
    local wrong
    await "${psql[@]}" -v rows="$1" -v inserted="$inserted" -v columns="$columns" -v indexes="$indexes" \
        -f "$root/bench/ways/verify.sql" >"$work/wrong" 2>&1 || true
    wrong=$(cat "$work/wrong")
    [ -z "$wrong" ] || add_text error "$wrong"
}

# position in the WAL, full-page images, sizes of heap and indexes, share of HOT updates, autovacuums
counters() {
    ask "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), (SELECT wal_fpi FROM pg_stat_wal), pg_relation_size('t'),
                pg_indexes_size('t'), coalesce(round(n_tup_hot_upd::numeric / nullif(n_tup_upd, 0), 4), 0),
                autovacuum_count
         FROM pg_stat_user_tables WHERE relid = 't'::regclass"
}

# --- figures ----------------------------------------------------------------------------------------------------
add() { figures+=",\"$1\":$2"; }
# one line without quotes, without the directory of the file that psql names
add_text() {
    figures+=",\"$1\":\"$(tr -d '[:cntrl:]"\\' <<<"$2" | sed 's,psql:[^ ]*/,,' | cut -c 1-300)\""
}
ratio() { awk "BEGIN { printf \"%.${3:-4}f\", $1 / $2 }"; }

add_times() {
    local what name seconds end backfill=0 again=0 whole
    while read -r what name seconds end; do
        [ "$what" != again ] || again=$name
        [ "$what" = phase ] || continue
        add "${name}_s" "$seconds"
        [ "$name" != backfill ] || backfill=$seconds backfill_end=$end
    done <"$work/told"
    whole=$(awk "BEGIN { printf \"%.3f\", $1 - $again }")
    add whole_s "$whole"
    backfill_began=$(awk "BEGIN { printf \"%.6f\", $backfill_end - $backfill }")
    add rows_per_s "$(ratio "$2" "$backfill" 0)"
    add whole_rows_per_s "$(ratio "$2" "$whole" 0)"
}

add_growth() {
    add wal_bytes_per_row "$(ratio "($lsn_1 - $lsn_0)" "$1" 1)"
    add whole_wal_bytes_per_row "$(ratio "($lsn_2 - $lsn_0)" "$1" 1)"
    add fpi_per_krow "$(ratio "1000 * ($fpi_1 - $fpi_0)" "$1" 1)"
    add whole_fpi_per_krow "$(ratio "1000 * ($fpi_2 - $fpi_0)" "$1" 1)"
    add heap_x "$(ratio "$heap_1" "$heap_0" 3)"
    add whole_heap_x "$(ratio "$heap_2" "$heap_0" 3)"
    add index_x "$(ratio "$indexes_1" "$indexes_0" 3)"
    add whole_index_x "$(ratio "$indexes_2" "$indexes_0" 3)"
    add hot "$hot"
    add autovacuums "$vacuums"
}

# the longer of what the way measured itself and what the observer saw
add_locks() {
    local longest
    longest=$(sort -k2,2 -k1,1n "$work/observed" | awk -v step="$observer_step" '
        { key = $2 " " $3; if (key != last || $1 - seen > 3 * step + 0.05) { from = $1; last = key } seen = $1
          print "lock", $3, ($1 - from) * 1000 }' | cat - "$work/told" | awk '
        $1 == "lock" && $3 > any { any = $3 }
        $1 == "lock" && $2 == "AccessExclusiveLock" && $3 > exclusive { exclusive = $3 }
        END { printf "%.2f %.2f", exclusive, any }')
    add lock_ms "${longest% *}"
    add write_lock_ms "${longest#* }"
}

# --- an observer of locks ---------------------------------------------------------------------------------------
observer_step=0.02 observer=''

# a query of its own each time: it holds no snapshot in between
observer_start() {
    cat >"$work/observer.sql" <<SQL
SELECT extract(epoch FROM clock_timestamp()), pid || '/' || virtualtransaction, mode FROM pg_locks
WHERE locktype = 'relation' AND relation = to_regclass('t') AND granted
AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock') \\watch $observer_step
SQL
    setsid "${psql[@]}" -f "$work/observer.sql" >"$work/observed" 2>/dev/null </dev/null &
    observer=$!
}

observer_stop() {
    kill "$observer" 2>/dev/null || true
    wait "$observer" 2>/dev/null || true
    observer=''
    sed -i '/Lock$/!d' "$work/observed"
}

# --- an old snapshot --------------------------------------------------------------------------------------------
snapshot=''

snapshot_take() {
    setsid env PGAPPNAME='bench snapshot' "${psql[@]}" -c 'BEGIN ISOLATION LEVEL REPEATABLE READ' -c 'SELECT 1' \
        -c 'SELECT pg_sleep(86400)' >/dev/null 2>&1 </dev/null &
    snapshot=$!
    until [ "$(ask "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bench snapshot'
                    AND backend_xmin IS NOT NULL AND query LIKE '%sleep%'")" = 1 ]; do
        await sleep 0.1
    done
}

snapshot_release() {
    ask "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bench snapshot'" >/dev/null
    wait "$snapshot" 2>/dev/null || true
    snapshot=''
}
