#!/bin/bash
# Scenarios that fail by random faults are shrunk to those they fail by, at the right calls. TAP; the last line is the sum.
# Run it in the root of the project, after `make check-programs`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
here=tests/shrink
left=$dir/left.yaml

# What is left in the scenario that was written.
rules() { grep -c '^  - "' "$left"; }

# at FILE CODE: the line that the report names is one with CODE in it
at() {
    local line
    sed -n "s/^    $1:\([0-9]*\): .*/\1/p" "$dir/out" >"$dir/lines"
    while read -r line; do
        sed -n "${line}p" tests/*/"$1" | grep -qF -- "$2" || problem "line $line of $1 has no '$2'"
    done <"$dir/lines"
    grep -q "^    $1:" "$dir/out" || problem "no line of $1: $(cat "$dir/out")"
}

gives 0 "$sockfault" shrink --seed 15 -o "$left" "$here/one-of-many.yaml"
like out '^1 of ([2-9]|1[0-9]) single faults left, in [0-9]+ runs '
like out '^fails: client: stdout: expected "hello\\n", got "h"$'
like out '^tried once more: it failed so in 3 of 3 runs$'
out "run it: $sockfault run --seed 15 $left"
at client-single-read.c 'recv(fd'
[ "$(rules)" = 1 ] || problem "$(cat "$left")"
grep -qx '  - "client/recv:short=5:conn=1:when=1:scope=connection"' "$left" || problem "$(cat "$left")"
holds "what fired is said above it" grep -qE '^  # client-single-read.c:[0-9]+: the 1st recv on connection 1' "$left"
claim "of five per cent of everything, the one receive that was short is left, as long as it may be"

gives 1 "$sockfault" run "$left"
like out 'got +"hello"'
sed -i 's#broken/client-single-read#broken/client-single-read-fixed#' "$left"
gives 0 "$sockfault" run "$left"
claim "what was written fails, and does not with the program repaired"

for seed in 1 3; do
    gives 0 "$sockfault" shrink --seed "$seed" -o "$left" "$here/needs-two.yaml"
    like out '^2 of [0-9]+ single faults left'
    like out '^    needs-two.c:[0-9]+: the [0-9]+[a-z]+ recv on connection 1 of client moves at most [45]$'
    like out '^    needs-two.c:[0-9]+: the [0-9]+[a-z]+ recv on connection 1 of client fails with EINTR$'
    at needs-two.c 'recv(fd'
    [ "$(rules)" = 2 ] || problem "$(cat "$left")"
done
holds "comments stay" grep -q '^# What is noise' "$left"
gives 1 "$sockfault" run "$left"
claim "where it takes two, those two are left"

# By seed 1 the first datagram is lost at a wait or in a receive that goes on; by seed 8 the second, behind others that were met.
for case in 1:1st 8:2nd; do
    gives 0 "$sockfault" shrink --seed "${case%:*}" -o "$left" "$here/datagrams.yaml"
    like out '^1 of [0-9]+ single faults left'
    like out "^    dgram-client-assumes-order.c:[0-9]+: the ${case#*:} recv on connection 1 of client loses the datagram$"
    gives 1 "$sockfault" run "$left"
done
claim "of datagrams, it is that which was lost"

# sometimes EVERY SLEEPS: that experiment alone, with a file of its own
sometimes() {
    runs=$dir/runs.$1.$2
    rm -f "$runs" "$left"
    sed "s#FILE#$runs#" "$here/sometimes.yaml" >"$dir/sometimes.yaml"
    only="every receive gives one byte, now and then late [every=$1, sleeps=$2]"
}

sometimes 2 1000000
gives 0 "$sockfault" shrink --only "$only" -o "$left" "$dir/sometimes.yaml"
like out '^1 of [0-9]+ single faults left'
like out '^unsteady: by all of them it failed in 5 of 10 runs$'
like out '^tried once more: it failed so in 5 of 10 runs$'
holds "the matrix has that one combination" grep -qx '  every: \["2"\]' "$left"
gives 0 "$sockfault" check "$left"
claim "an unsteady failure is tried several times, and said to be unsteady"

sometimes 1000 1000000
gives 3 "$sockfault" shrink --only "$only" -o "$left" "$dir/sometimes.yaml"
like err 'no steady reproduction: by its [0-9]+ single decisions alone it failed in none of 10 runs'
holds "nothing is written" missing "$left"
claim "one that does not come again is not shrunk"

sometimes 1 6
env --default-signal=INT "$sockfault" shrink --time real --timeout 60s --only "$only" -o "$left" "$dir/sometimes.yaml" \
    >"$dir/out" 2>"$dir/err" &
pid=$!
started+=("$pid")
has_run() { [ "$(stat -c %s "$runs")" -ge "$1" ]; }
within 30 has_run 6 || problem "it did not run so often: $(cat "$dir/out" "$dir/err")"
kill -INT "$pid"
ends 130
like out ' single faults left, in 6 runs .*: there was no time to try whether fewer will do$'
gives 0 "$sockfault" check "$left"
claim "^C leaves the best so far"

sometimes 1 6
gives 0 "$sockfault" shrink --budget 5s --time real --timeout 6s --only "$only" -o "$left" "$dir/sometimes.yaml"
like out ' single faults left, in 6 runs .*: there was no time to try whether fewer will do$'
claim "a budget does the same"

# wrong LINE ARGUMENT...: status 2, and that line; nothing is written
wrong() {
    local line=$1
    shift
    gives 2 "$sockfault" shrink "$@"
    like err "$line"
    silent out
    claim "wrong: ${*:-nothing}"
}

cd "$dir" || exit
root=$OLDPWD
ln -s "$root/build" "$root/tests" .
scenario=tests/shrink/needs-two.yaml
wrong 'shrink: got no SCENARIO, expected a scenario file$'
wrong "shrink: SCENARIO: got 'tests', expected one scenario file$" "$scenario" tests
wrong "unrecognized option '--records'$" --records "$scenario"
wrong "shrink: --seed: got '-1', expected a number from 0 to 18446744073709551615$" --seed=-1 "$scenario"
wrong "shrink: --budget: got '5', expected a duration: " --budget 5 "$scenario"
wrong "shrink: --timeout: got 'soon', expected a duration: " --timeout soon "$scenario"
wrong "shrink: --time: got 'fast', expected real or virtual$" --time fast "$scenario"
wrong "shrink: --output: got '', expected a file$" -o '' "$scenario"
wrong "^sockfault: --output: got 'tests', a folder, expected a file$" -o tests "$scenario"
wrong "^sockfault: --output: got '$scenario', the scenario itself, expected another file$" -o "$scenario" "$scenario"
wrong "^sockfault: nothing to run: none of 1 experiments matches$" --only nobody "$scenario"
wrong "^tests/shrink/sometimes.yaml:1:1: error: got 6 experiments, expected one: choose it by --only$" tests/shrink/sometimes.yaml
wrong "got a scenario that passes, expected one that fails by its faults$" tests/sweep/reference.yaml
sed 's/chance: 5%, //; s/short: 1/short: 1, when: 999/; /EINTR/d; /short: 50%/d; /delay/d; s/, optional: true//' "$scenario" >nothing.yaml
wrong "^nothing.yaml:1:1: error: got a scenario that fails for a rule that did nothing, expected one that fails by its faults$" nothing.yaml
sed 's/exit: 0/exit: 7/' tests/sweep/reference.yaml >always.yaml
wrong "^always.yaml:1:1: error: got a scenario that fails without any fault, expected one that fails by its faults$" always.yaml
wrong '^sockfault: nowhere.yaml: cannot be read ' nowhere.yaml
holds "nothing was written" [ "$(ls ./*.shrunk.yaml 2>/dev/null)" = '' ]
claim "what is refused writes nothing"
closing
