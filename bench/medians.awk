# Collects the measurements of the file's last bench and gives medians. Blocks are those of one shape and situation, in
# the order in which they were measured.

BEGIN {
    pairs = split(titles, pair, ";")
    for (i = 1; i < pairs; i++) {
        way_names[++ways] = substr(pair[i], 1, index(pair[i], "=") - 1)
        title[way_names[ways]] = substr(pair[i], index(pair[i], "=") + 1)
    }
}

/^\{"bench":"[^"]*","of":/ {
    header = $0
    blocks = 0
    split("", runs_of); split("", errors); split("", block_known)
    next
}

/^\{"bench":/ { collect($0) }

function collect(line,    block, cell) {
    block = value(line, "shape") " " value(line, "situation")
    cell = block " " value(line, "way")
    if (!(block in block_known)) { block_known[block] = 1; block_names[++blocks] = block }
    rows_of[block] = value(line, "rows")
    if (value(line, "error") != "") {
        errors[cell] = value(line, "error")
        return
    }
    lines[cell, ++runs_of[cell]] = line
}

# median(CELL, NAME): "" if it was not measured
function median(cell, name,    i, n, one, list) {
    n = 0
    for (i = 1; i <= runs_of[cell]; i++) {
        one = value(lines[cell, i], name)
        if (one != "") list[++n] = one + 0
    }
    return middle(list, n)
}

function middle(list, n,    i, j, one) {
    if (!n) return ""
    for (i = 2; i <= n; i++) {
        one = list[i]
        for (j = i - 1; j >= 1 && list[j] > one; j--) list[j + 1] = list[j]
        list[j + 1] = one
    }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}
