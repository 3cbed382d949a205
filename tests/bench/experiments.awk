# From the JSON report, a line for each experiment, with tabs between: name, verdict, virtual ns, wall ns, jumps, and (-1: nothing is told)
# how long whoever began to wait last has waited when that is told, in us.
function value() {
    sub(/^ *"[a-z_]*": /, "")
    sub(/,$/, "")
    gsub(/^"|"$/, "")
    return $0
}
# "(577 us so far" ... of several the shortest.
function since(text, unit, n) {
    while (match(text, /\([0-9.]+ [a-z]+ so far/)) {
        split(substr(text, RSTART + 1, RLENGTH), unit, " ")
        n = unit[1] * (unit[2] == "ns" ? 0.001 : unit[2] == "us" ? 1 : unit[2] == "ms" ? 1000 : 1000000)
        if (last < 0 || n < last)
            last = n
        text = substr(text, RSTART + RLENGTH)
    }
}
function tell() {
    if (name != "")
        printf "%s\t%s\t%.0f\t%.0f\t%d\t%.1f\n", name, verdict, advanced + wall, wall, jumps, last
}
/^      "name": / {
    tell()
    name = value()
    last = -1
}
/^      "verdict": / {
    verdict = value()
}
/^      "elapsed_ns": / {
    wall = value()
}
/^      "advanced_ns": / {
    advanced = value()
}
/^      "jumps": / {
    jumps = value()
}
/^          "waiting": / {
    since(value())
}
END {
    tell()
}
