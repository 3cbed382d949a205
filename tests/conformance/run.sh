#!/bin/bash
# Every row of the fault model against the kernel: each twin of rows.txt is run for real and by injection. Prints the
# table: row, twin, equal or the difference; the last line is `N passed, N failed[, N skipped]`.
#
#   tests/conformance/run.sh [PATTERN]   only the lines of rows.txt that match the extended regular expression
#   TWIN_DEPTH=N                         how long the sequences of calls after an event are (default 2)
# shellcheck disable=SC2016 # what stands in single quotes is an inner shell's
set -u
cd "$(dirname "$0")/../.." || exit
rows=tests/conformance/rows.txt
only=${1:-}

# A network of our own where that is allowed: a few thousand connections are left in TIME_WAIT.
if [ -z "${SOCKFAULT_TESTS_INSIDE:-}" ] && command -v ip >/dev/null; then
    export SOCKFAULT_TESTS_INSIDE=1
    for how in -n -Urn; do
        unshare $how ip link set lo up 2>/dev/null &&
            exec unshare $how sh -c 'ip link set lo up; exec "$@"' sh "$PWD/tests/conformance/run.sh" "$@"
    done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lib=$PWD/build/libsockfault.so

# A shim that was built with a sanitizer needs its runtime first.
export TWIN_PRELOAD=$lib
for runtime in ubsan tsan asan; do
    readelf -d "$lib" | grep -q "lib$runtime" &&
        TWIN_PRELOAD="$("${CC:-cc}" -print-file-name=lib$runtime.so):$TWIN_PRELOAD"
done

meant() { grep -vE '^(#|$)' $rows | grep -E "${only:-.}"; }

# The twins, one for each variant, as many at a time as there are processors and some: many only wait.
meant | awk '$2 != "cannot" {n = split($4, v, ","); for (i = 1; i <= n; i++) print $1, $2, $3, v[i], $5}' >"$work/twins"
awk -v work="$work" '{print NR, work, $0}' "$work/twins" |
    xargs -P $(($(nproc) * 4)) -L 1 sh -c 'n=$1; shift; exec tests/conformance/compare.sh "$@" >"$1/$n.line" 2>&1' sh
for n in $(seq "$(wc -l <"$work/twins")"); do cat "$work/$n.line"; done >"$work/table"
meant | awk '$2 == "cannot" {why = $4; for (i = 5; i <= NF; i++) why = why " " $i
    printf "ok     %-32s cannot be shown, follows %s: %s\n", $1, $3, why}' >>"$work/table"

# problem TEXT: one failure more
problem() { echo "not ok $1" >>"$work/table"; }

if [ -z "$only" ]; then
    build/sockfault list model | sort >"$work/model"
    meant | awk '$2 != "refused" {print $1}' | sort -u >"$work/named"
    for row in $(comm -23 "$work/model" "$work/named"); do problem "$row stands not in $rows"; done
    for row in $(comm -13 "$work/model" "$work/named"); do problem "$row of $rows is no row of the model"; done
    awk '!/^(#|$)/ && NF < 5 {print "differences.txt:" FNR ": fewer than five words"}' \
        tests/conformance/differences.txt >"$work/problems"
    awk 'FNR == NR {twin[$1, $3, "*"] = twin[$1, $3, $4] = 1; next}
        !/^(#|$)/ && !(($1, $2, $3) in twin) {print "differences.txt:" FNR ": no such twin"}' \
        "$work/twins" tests/conformance/differences.txt >>"$work/problems"
    while read -r line; do problem "$line"; done <"$work/problems"
    if ! tests/conformance/document.sh | diff docs/fault-model.md - >/dev/null; then
        problem "docs/fault-model.md is out of date (make fault-model)"
    else echo "ok     docs/fault-model.md is what the table says" >>"$work/table"; fi
fi

cat "$work/table"
count() { grep -cE "^$1 " "$work/table"; }
passed=$(count ok) failed=$(count 'not ok') skipped=$(count skip)
echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
