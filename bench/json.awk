# Reads what results.sh writes: an object a line, names and values without quotes inside.

# value(LINE, NAME): of a member that is a number or a text, "" if there is none
function value(line, name,    at, rest) {
    at = index(line, "\"" name "\":")
    if (!at) return ""
    rest = substr(line, at + length(name) + 3)
    if (substr(rest, 1, 1) == "\"") {
        rest = substr(rest, 2)
        return substr(rest, 1, index(rest, "\"") - 1)
    }
    match(rest, /^[^,}]*/)
    return substr(rest, 1, RLENGTH)
}
