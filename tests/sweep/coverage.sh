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
sweep alone --only 'nothing: what is in there is run without a fault'
# A datagram socket that has gone deaf is the server's only one: it serves nobody any more.
sweep swept --only '!server/*[ot][om]:silence *'
[ -s "$out/coverage.json" ] || exit 3
sed -n '/^  coverage  /,$p' "$out/swept.txt" >"$out/coverage.txt"
sed -n '1,/^  in sum/p' "$out/coverage.txt"
cd "$top" || exit 3
exit $failed
