# The table: for each block the figures, the phases, and what clients felt.

END {
    printf "PostgreSQL %s, pgwiden %s, %s processors (%s), %d MB\n", value(header, "postgresql"),
        value(header, "pgwiden"), value(header, "processors"), value(header, "processor"), value(header, "memory_mb")
    printf "%s\n", value(header, "settings")
    for (b = 1; b <= blocks; b++) {
        heading(block_names[b])
        figures(block_names[b])
        phases(block_names[b])
        if (block_names[b] ~ / load$/) felt(block_names[b])
    }
}

function heading(block,    part) {
    split(block, part, " ")
    printf "\n%s, %s rows, %s; medians, x: times those of key ranges 10k\n", part[1], rows_of[block], part[2]
}

# number(VALUE, WIDTH, DIGITS)
function number(v, width, digits) { return v == "" ? sprintf("%*s", width, "-") : sprintf("%*.*f", width, digits, v) }

# ratio(CELL, REFERENCE, NAME)
function ratio(cell, reference, name,    a, b) {
    a = median(cell, name)
    b = median(reference, name)
    return (a == "" || b == "" || b == 0) ? sprintf("%6s", "-") : sprintf("%5.2fx", a / b)
}

function known(cell) { return (cell in runs_of) || (cell in errors) }

function figures(block,    i, cell, reference) {
    reference = block " keys-10k"
    printf "%-18s|%16s |%35s |%13s |%5s |%17s\n", "", "whole", "backfill", "growth", "HOT", "longest lock, ms"
    printf "%-18s|%9s%7s |%9s%7s%6s%6s%7s |%6s%7s |%5s |%9s%8s\n", "way", "s", "x", "rows/s", "x", "B WAL", "x", "FPI/k",
        "heap", "index", "%", "excl.", "write"
    for (i = 1; i <= ways; i++) {
        cell = block " " way_names[i]
        if (!known(cell)) continue
        if (!runs_of[cell]) { printf "%-18s|  FAILED: %s\n", title[way_names[i]], errors[cell]; continue }
        printf "%-18s|%s %s |%s %s%s%s%s |%s%s |%s |%s%s%s\n", title[way_names[i]],
            number(median(cell, "whole_s"), 9, 1), ratio(cell, reference, "whole_s"),
            number(median(cell, "rows_per_s"), 9, 0), ratio(cell, reference, "rows_per_s"),
            number(median(cell, "wal_bytes_per_row"), 6, 0), ratio(cell, reference, "wal_bytes_per_row"),
            number(median(cell, "fpi_per_krow"), 7, 1),
            number(median(cell, "heap_x"), 6, 2), number(median(cell, "index_x"), 7, 2),
            number(100 * median(cell, "hot"), 5, 0), number(median(cell, "lock_ms"), 9, 1),
            number(median(cell, "write_lock_ms"), 8, 0), (cell in errors) ? "  a run FAILED: " errors[cell] : ""
    }
}

function phases(block,    i, n, p, cell, name) {
    n = split("prepare backfill index verify swap cleanup", name, " ")
    printf "\n%-18s|", "seconds"
    for (p = 1; p <= n; p++) printf "%9s", name[p]
    printf " |%15s%9s%9s%9s\n", "whole: WAL B/row", "FPI/k", "heap", "index"
    for (i = 1; i <= ways; i++) {
        cell = block " " way_names[i]
        if (!runs_of[cell]) continue
        printf "%-18s|", title[way_names[i]]
        for (p = 1; p <= n; p++) printf "%s", number(median(cell, name[p] "_s"), 9, 2)
        printf " |%s%s%s%s\n", number(median(cell, "whole_wal_bytes_per_row"), 16, 0),
            number(median(cell, "whole_fpi_per_krow"), 9, 1), number(median(cell, "whole_heap_x"), 9, 2),
            number(median(cell, "whole_index_x"), 9, 2)
    }
}

# latencies of one way in one window
function latencies(cell, window,    kind, k) {
    printf "  %-16s|%s |", window, number(median(cell, window "_tps"), 6, 0)
    split("write read", kind, " ")
    for (k = 1; k <= 2; k++)
        printf "%s%s%s |", number(median(cell, window "_" kind[k] "_p50_ms"), 8, 2),
            number(median(cell, window "_" kind[k] "_p99_ms"), 9, 2),
            number(median(cell, window "_" kind[k] "_max_ms"), 9, 1)
    printf "%s\n", window == "before" ? "" : against(cell, window "_write_p99_ms")
}

# what clients felt before a way began, during its backfill, and from its start to its end
function felt(block,    i, cell) {
    printf "\n%-18s|%6s |%8s%9s%9s |%8s%9s%9s |%9s\n", "clients, ms", "tps", "write 50", "p99", "max", "read 50", "p99",
        "max", "write p99"
    for (i = 1; i <= ways; i++) {
        cell = block " " way_names[i]
        if (!runs_of[cell]) continue
        printf "%s%s\n", title[way_names[i]], (median(cell, "client_errors") > 0) ? "  (clients failed)" : ""
        latencies(cell, "before")
        latencies(cell, "backfill")
        latencies(cell, "whole")
    }
}

function against(cell, name,    a, b) {
    a = median(cell, name)
    b = median(cell, "before_write_p99_ms")
    return (a == "" || b == "" || b == 0) ? "" : sprintf("%8.2fx", a / b)
}
