# From the JSON report: a line for each experiment, of what follows, with tabs between.
#   round clock verdict advanced_ns jumps looks elapsed_ns file:name
# Members of an experiment are what is six blanks in.
function value() {
    sub(/^ *"[a-z_]*": /, "")
    sub(/,$/, "")
    gsub(/^"|"$/, "")
    return $0
}
BEGIN {
    OFS = "\t"
}
/^      "file": / {
    file = value()
}
/^      "name": / {
    name = value()
}
/^      "verdict": / {
    verdict = value()
}
/^      "elapsed_ns": / {
    elapsed = value()
}
/^      "advanced_ns": / {
    advanced = value()
}
/^      "jumps": / {
    jumps = value()
}
/^      "looks": / {
    print round, clock, verdict, advanced, jumps, value(), elapsed, file ": " name
}
