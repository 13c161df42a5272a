# shellcheck shell=bash
# The file of results: a JSON array, an object a line. The first object of a bench says what was measured where; the
# others are measurements. It is written beside and moved into place, so that it is whole whatever happens.

bench=''

# goes on with the file's last bench if that was started in the same way, with the same programs, and is not complete
results_open() {
    local of id=''
    of=$({
        cat "$pgwiden" "$root"/bench/{run,*.sh} "$root"/bench/{ways,shapes}/*.sql
        echo "$rows" "$runs" "$(nproc)" "${settings[@]}" "$(ask 'SHOW server_version')"
        printf '%s\n' "${cells[@]}"
    } | cksum | cut -d ' ' -f 1)
    if [ -e "$out" ]; then
        id=$(sed -n 's/^{"bench":"\([^"]*\)","of":"\([^"]*\)".*/\1 \2/p' "$out" | tail -1)
    fi
    if [ -n "$id" ] && [ "${id#* }" = "$of" ]; then
        bench=${id% *}
        [ "$(grep -c "^{\"bench\":\"$bench\",\"rows\"" "$out" || true)" -ge $((${#cells[@]} * runs)) ] || return 0
    fi
    bench=$(date -u +%Y%m%dT%H%M%S)
    results_append "$(results_header "$of")"
}

results_header() {
    local processor megabytes version commit
    processor=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1 | tr -d '[:cntrl:]"')
    megabytes=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
    version=$(ask 'SHOW server_version')
    commit=$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)
    printf '{"bench":"%s","of":"%s","rows_of_all":%d,"runs":%d,"postgresql":"%s","pgwiden":"%s","processors":%d,' \
        "$bench" "$1" "$rows" "$runs" "${version%% *}" "$commit" "$(nproc)"
    printf '"processor":"%s","memory_mb":%d,"settings":"%s"}' "$processor" "$megabytes" "${settings[*]}"
}

results_append() {
    {
        if [ -s "$out" ]; then
            # all but the closing bracket, and a comma after the last
            sed '$d' "$out" | sed '$s/$/,/'
        else
            echo '['
        fi
        printf '%s\n]\n' "$1"
    } >"$out.new"
    mv "$out.new" "$out"
}

results_have() { grep -q -F "$1" "$out"; }

# results_seconds SITUATION SHAPE WAY
results_seconds() {
    awk -f "$root/bench/json.awk" -f "$root/bench/seconds.awk" -v bench="$bench" -v situation="$1" \
        -v shape="$2" -v way="$3" "$out"
}

# the table to the standard output, the chart beside the file
results_show() {
    local title way chart=${out%.json}.svg titles=''
    [ -s "$out" ] || { echo "bench/run: there are no results in $out" >&2 && exit 1; }
    for way in "${all_ways[@]}"; do
        title=$(way_title "$way")
        titles+="$way=$title;"
    done
    awk -f "$root/bench/json.awk" -f "$root/bench/medians.awk" -f "$root/bench/table.awk" -v titles="$titles" "$out"
    awk -f "$root/bench/json.awk" -f "$root/bench/medians.awk" -f "$root/bench/chart.awk" -v titles="$titles" "$out" \
        >"$chart.new"
    mv "$chart.new" "$chart"
    printf '\nresults: %s\nchart:   %s\n' "$out" "$chart"
}
