#!/bin/bash
# coverage.sh: sweeps the reference pair, built in build/cov to count what of it is reached, and says how much that is: before
# (without a fault) and after. Every line that is not reached stands in not-reached.txt with the reason; over 90 % of the
# branches are. Writes build/sweep/coverage.html, .json and .txt. Run it in the root of the tree, by `make sweep-coverage`.
set -u
top=$PWD out=$PWD/build/sweep
rm -rf "$out" && mkdir -p "$out/root/build" || exit 3
# The scenarios name programs as build/NAME: those that count, and the harness that does not.
ln -s "$top/tests" "$top/reference" "$out/root/" &&
    ln -s "$top/build/cov/reference" "$top/build/sockfault" "$top/build/libsockfault.so" "$out/root/build/" || exit 3
cd "$out/root" || exit 3

# sweep PART ARGUMENT...: of the scenarios in that folder; what they count comes to that of the parts before
sweep() {
    local part=$1
    shift
    build/sockfault sweep --tier all --coverage="$out/counts" --records "$out/records" --report "text=$out/$part.txt" \
        --report "json=$out/coverage.json" --report "html=$out/coverage.html" "$@" "tests/sweep/coverage/$part" >"$out/totals"
    status=$?
    printf '%-6s %s\n' "$part" "$(tail -n 1 "$out/totals")"
    [ $status = 0 ] || { echo "see build/sweep/$part.txt"; failed=1; }
}

failed=0
sweep alone --budget 1ns # what is in there is run without a fault
# A datagram socket that has gone deaf is the server's only one: it serves nobody any more.
sweep swept --only '!server/*[ot][om]:silence *'
[ -s "$out/coverage.json" ] || exit 3
sed -n '/^  coverage  /,$p' "$out/swept.txt" >"$out/coverage.txt"
sed -n '1,/^  in sum/p' "$out/coverage.txt"
cd "$top" || exit 3

# What is not reached and what is listed, FILE:LINE each.
awk '/^  [a-z]/ {on = /^  lines not reached/} on && /^    / {
        file = $1
        for (n = split($2, ranges, ","); n > 0; n--) {
            if (split(ranges[n], ends, "-") == 1) ends[2] = ends[1]
            for (line = ends[1]; line <= ends[2]; line++) print file line
        }
    }' "$out/coverage.txt" | sort >"$out/missing"
grep -E '^[a-z_]+\.c:[0-9]+: ' tests/sweep/not-reached.txt >"$out/entries"
sed 's/: .*//' "$out/entries" | sort >"$out/listed"
wrong() {
    echo "$*"
    failed=1
}
while read -r place; do
    file=${place%:*} line=${place#*:}
    wrong "reference/$place is not reached, and not in not-reached.txt: $(sed -n "${line}s/^ *//p" "reference/$file")"
done < <(comm -23 "$out/missing" "$out/listed")
while read -r place; do wrong "not-reached.txt: $place is reached: take it out"; done < <(comm -13 "$out/missing" "$out/listed")
while IFS= read -r entry; do
    place=${entry%%: *} code=${entry#*: }
    got=$(sed -n "${place#*:}s/^ *//p" "reference/${place%:*}")
    [ "$got" = "$code" ] || wrong "not-reached.txt: $place: got '$got', expected '$code'"
done <"$out/entries"
awk '/^  in sum/ {split($NF, n, "/"); exit n[1] <= 0.9 * n[2]}' "$out/coverage.txt" || wrong "not more than 90 % of the branches are reached"
echo "$(wc -l <"$out/missing") lines are not reached, for reasons in tests/sweep/not-reached.txt; build/sweep/coverage.html"
exit $failed
