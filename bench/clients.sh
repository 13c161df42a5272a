# shellcheck shell=bash
# Clients beside a measurement: reads, updates and inserts at a fixed rate, and what they felt of it.

clients_rate=400 clients_number=16 clients='' clients_began=0

clients_start() {
    cat >"$work/read.sql" <<SQL
\\set id random(1, $1)
SELECT customer, code, at FROM t WHERE id = :id;
SQL
    cat >"$work/update.sql" <<SQL
\\set id random(1, $1)
UPDATE t SET note = 'a newer note' WHERE id = :id;
SQL
    cat >"$work/insert.sql" <<SQL
\\set customer random(1, 100000)
INSERT INTO t (customer, code, at, note) VALUES (:customer, md5(:customer::text), now(), 'a short note');
SQL
    rm -f "$work"/client.*
    setsid "$server_bin/pgbench" -n -M prepared -c "$clients_number" -j 1 -T 86400 -R "$clients_rate" \
        -l --log-prefix="$work/client" -f "$work/read.sql@2" -f "$work/update.sql@2" -f "$work/insert.sql@1" \
        >"$work/clients.log" 2>&1 </dev/null &
    clients=$!
}

# as its own timer does at the end of -T: clients finish their transactions, the log is written out
clients_stop() {
    kill -ALRM "$clients" 2>/dev/null || true
    wait "$clients" 2>/dev/null || true
    clients=''
    # kind, latency from when it was due, the same without the wait for a free client (ms), when it was due
    cat "$work"/client.* | awk '$3 ~ /^[0-9]/ && $7 != "" {
        printf "%s %.3f %.3f %.6f\n", $4 == 0 ? "read" : "write", $3 / 1000, ($3 - $7) / 1000,
               $5 + $6 / 1e6 - $3 / 1e6 }' >"$work/latencies"
    inserted=$(cat "$work"/client.* | awk '$4 == 2 && $3 ~ /^[0-9]/ { n++ } END { print n + 0 }')
}

# add_clients BEGAN ENDED: before, during the backfill, and during the whole
add_clients() {
    add_latencies before "$(awk "BEGIN { printf \"%.6f\", $clients_began + $warm_up }")" "$1"
    add_latencies backfill "$backfill_began" "$backfill_end"
    add_latencies whole "$1" "$2"
    add client_errors "$(grep -c -i 'aborted\|error' "$work/clients.log" || true)"
    add backfill_from_s "$(awk "BEGIN { printf \"%.2f\", $backfill_began - $1 }")"
    add whole_to_s "$(awk "BEGIN { printf \"%.2f\", $2 - $1 }")"
    figures+=",\"p99_ms_by_second\":[$(clients_by_second "$1" "$2")]"
}

# add_latencies NAME FROM TO
add_latencies() {
    local kind column
    awk -v from="$2" -v to="$3" '$4 >= from && $4 < to' "$work/latencies" >"$work/window"
    add "${1}_tps" "$(awk -v from="$2" -v to="$3" 'END { printf "%.1f", NR / (to - from + 1e-9) }' "$work/window")"
    for kind in read write; do
        for column in 2 3; do
            figures+=$(awk -v kind="$kind" -v column="$column" '$1 == kind { print $column }' "$work/window" | sort -n |
                awk -v name="${1}_${kind}$([ "$column" = 2 ] || echo _served)" '
                    { v[NR] = $1 }
                    END { if (NR) printf ",\"%s_p50_ms\":%s,\"%s_p99_ms\":%s,\"%s_max_ms\":%s",
                                         name, v[int((NR + 1) / 2)], name, v[int(NR * 0.99 + 0.999999)], name, v[NR] }')
        done
    done
}

# [second, p99 of all that was due in it],.. with the way's start as 0
clients_by_second() {
    awk -v from="$1" -v to="$2" '$4 < to + 1 { s = int($4 - from + 1000) - 1000; if (s >= -10) print s, $2 }' \
        "$work/latencies" | sort -k1,1n -k2,2n | awk '
        function flush() { if (n) { printf "%s[%d,%s]", sep, last, v[int(n * 0.99 + 0.999999)]; sep = "," } n = 0 }
        $1 != last { flush(); last = $1 }
        { v[++n] = $2 }
        END { flush() }'
}
