# shellcheck shell=bash
# The ways of making t.id bigint. Each has two parts: up to the end of its backfill, and the rest. A part prints lines
#
#   phase NAME SECONDS END     seconds since 1970
#   again SECONDS              what was done twice because it was started twice
#   lock MODE MILLISECONDS     how long a lock was held that shuts clients out of t, from its grant to after the COMMIT
#
# and fails when a statement does.

all_ways=(native update keys-1k keys-10k keyset-1k blocks-128 copy pgwiden-1 pgwiden-2)

way_title() {
    case $1 in
    native) echo 'native ALTER' ;;
    update) echo 'one UPDATE' ;;
    keys-*) echo "key ranges ${1#*-}" ;;
    keyset-*) echo "keyset ${1#*-}" ;;
    blocks-*) echo "block ranges ${1#*-}" ;;
    copy) echo 'table copy' ;;
    pgwiden-*) echo "pgwiden, ${1#*-} job$([ "$1" = pgwiden-1 ] || echo s)" ;;
    esac
}

way_first_part() {
    local ways=$root/bench/ways batch=${1#*-}
    case $1 in
    native | copy) await "${psql[@]}" -f "$ways/$1.sql" ;;
    update) await "${psql[@]}" -f "$ways/prepare.sql" -f "$ways/update.sql" ;;
    pgwiden-*) way_pgwiden "$1" --until backfill ;;
    *) await "${psql[@]}" -v batch="${batch/k/000}" -f "$ways/prepare.sql" -f "$ways/${1%-*}.sql" ;;
    esac
}

way_second_part() {
    local ways=$root/bench/ways
    case $1 in
    native | copy) await "${psql[@]}" -f "$ways/$1-finish.sql" ;;
    pgwiden-*) way_pgwiden "$1" --cleanup ;;
    *) await "${psql[@]}" -f "$ways/finish.sql" ;;
    esac
}

way_pgwiden() {
    local jobs=${1#*-} event value status=0 again='' started
    shift
    [ "$1" != --cleanup ] || again=1
    started=$EPOCHREALTIME
    await "$pgwiden" run t.id --yes --json --jobs "$jobs" "$@" >"$work/events" || status=$?
    while read -r event; do
        case $event in
        *'"event":"phase"'*'"state":"end"'*)
            printf 'phase %s %s %s\n' "$(way_event_value phase "$event")" "$(way_event_value seconds "$event")" \
                "$(way_event_epoch "$event")"
            ;;
        *'"event":"phase"'*)
            [ -z "$again" ] || awk "BEGIN { printf \"again %.3f\n\", $(way_event_epoch "$event") - $started }"
            again=''
            ;;
        *'"event":"swap"'*)
            printf 'lock AccessExclusiveLock %s\n' "$(way_event_value lock_held_ms "$event")"
            ;;
        *'"event":"error"'*)
            value=$(way_event_value message "$event")
            echo "$value" >&2
            ;;
        esac
    done <"$work/events"
    return "$status"
}

way_event_epoch() { date -d "$(way_event_value time "$1")" +%s.%6N; }

# of a member of an object that is one line: a number, or a text without quotes in it
way_event_value() { sed -n 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/p' <<<"$2"; }
