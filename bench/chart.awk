# The chart: for each block rows/s as bars (the backfill's, and paler the whole's); under load the clients' p99, second
# by second, beside them.

END {
    split("#4e79a7 #f28e2b #b07aa1 #e15759 #9c755f #edc948 #76b7b2 #59a14f #1b5e20", palette, " ")
    bar_height = 30
    left = 150
    bars_width = 300
    lines_width = 460
    for (b = 1; b <= blocks; b++) height += block_height(block_names[b])
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1060\" height=\"%d\" font-family=\"sans-serif\" " \
        "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", height + 30
    text(20, 20, sprintf("PostgreSQL %s, pgwiden %s, %s processors", value(header, "postgresql"), value(header, "pgwiden"),
        value(header, "processors")), "")
    top = 30
    for (b = 1; b <= blocks; b++) {
        draw(block_names[b], top)
        top += block_height(block_names[b])
    }
    print "</svg>"
}

function measured(block,    i, n) {
    for (i = 1; i <= ways; i++) if (runs_of[block " " way_names[i]]) n++
    return n + 0
}

function block_height(block,    h) {
    h = measured(block) * bar_height + 60
    return (block ~ / load$/ && h < 260) ? 260 : h
}

function escaped(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); return s }
function text(x, y, s, more) { printf "<text x=\"%.1f\" y=\"%.1f\"%s>%s</text>\n", x, y, more, escaped(s) }
function bar(x, y, width, high, color, opacity) {
    printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" opacity=\"%s\"/>\n", x, y, width, high,
        color, opacity
}
function line(x1, y1, x2, y2, more) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#bbb\"%s/>\n", x1, y1, x2, y2, more
}

function draw(block, top,    part) {
    split(block, part, " ")
    text(20, top + 22, sprintf("%s, %s rows, %s", part[1], rows_of[block], part[2]), " font-weight=\"bold\"")
    text(left, top + 38, "rows/s: backfill, whole (pale)", " fill=\"#666\"")
    bars(block, top + 45)
    if (part[2] == "load") felt(block, left + bars_width + 130, top + 45, block_height(block) - 85)
}

function bars(block, top,    i, cell, most, y, backfill, whole) {
    for (i = 1; i <= ways; i++) if (median(block " " way_names[i], "rows_per_s") + 0 > most)
        most = median(block " " way_names[i], "rows_per_s") + 0
    y = top
    for (i = 1; i <= ways; i++) {
        cell = block " " way_names[i]
        if (!runs_of[cell]) continue
        backfill = median(cell, "rows_per_s")
        whole = median(cell, "whole_rows_per_s")
        text(left - 8, y + 15, title[way_names[i]], " text-anchor=\"end\"")
        bar(left, y + 1, bars_width * backfill / most, 13, palette[i], 1)
        bar(left, y + 15, bars_width * whole / most, 8, palette[i], 0.45)
        text(left + bars_width * backfill / most + 5, y + 12, sprintf("%.0f", backfill), " fill=\"#444\"")
        y += bar_height
    }
}

# --- p99 by second ----------------------------------------------------------------------------------------------

# Medians of the runs: at[1..n] seconds, p99[1..n]
function series(cell, at, p99,    i, n, rest, s, last, count, seen, list, k, first) {
    split("", at); split("", p99)
    first = 0
    for (i = 1; i <= runs_of[cell]; i++) {
        rest = lines[cell, i]
        rest = substr(rest, index(rest, "\"p99_ms_by_second\":[") + 20)
        while (match(rest, /^,?\[-?[0-9]+,[0-9.]+\]/)) {
            split(substr(rest, 1, RLENGTH), k, /[][,]+/)
            s = k[2] + 0
            seen[s, ++count[s]] = k[3] + 0
            if (s > last) last = s
            if (s < first) first = s
            rest = substr(rest, RLENGTH + 1)
        }
    }
    for (s = first; s <= last; s++) {
        if (!count[s]) continue
        split("", list)
        for (i = 1; i <= count[s]; i++) list[i] = seen[s, i]
        at[++n] = s
        p99[n] = middle(list, count[s])
    }
    return n + 0
}

function log10(x) { return log(x) / log(10) }
function height_of(ms, high) { return high * (log10(ms < 0.1 ? 0.1 : ms) + 1) / (log10(most_ms) + 1) }

function felt(block, x, y, high,    i, j, n, at, p99, cell, to, ms, points) {
    to = 1
    most_ms = 1
    for (i = 1; i <= ways; i++) {
        cell = block " " way_names[i]
        n = series(cell, at, p99)
        for (j = 1; j <= n; j++) while (p99[j] > most_ms) most_ms *= 10
        if (n && at[n] > to) to = at[n]
    }
    text(x, y - 7, "p99 of all clients by second, ms", " fill=\"#666\"")
    for (ms = 0.1; ms < most_ms * 1.01; ms *= 10) {
        line(x, y + high - height_of(ms, high), x + lines_width, y + high - height_of(ms, high), "")
        text(x - 5, y + high - height_of(ms, high) + 4, sprintf("%g", ms), " text-anchor=\"end\" fill=\"#666\"")
    }
    line(place(0, to, x), y, place(0, to, x), y + high, " stroke-dasharray=\"4 3\"")
    text(place(0, to, x), y + high + 15, "start", " text-anchor=\"middle\" fill=\"#666\"")
    text(x, y + high + 15, "-10 s", " fill=\"#666\"")
    text(x + lines_width, y + high + 15, to " s", " text-anchor=\"end\" fill=\"#666\"")
    for (i = 1; i <= ways; i++) {
        n = series(block " " way_names[i], at, p99)
        points = ""
        for (j = 1; j <= n; j++)
            points = points sprintf("%.1f,%.1f ", place(at[j], to, x), y + high - height_of(p99[j], high))
        if (n) printf "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"/>\n", points, palette[i]
    }
}

function place(second, to, x) { return x + lines_width * (second + 10) / (to + 10) }
