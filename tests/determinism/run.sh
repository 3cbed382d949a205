#!/bin/bash
# The same seed gives the same faults: 8 threads, 200 connections, ten runs, and in each the same multiset of
# (connection, call, its number, rule, what was done); another seed gives another. TAP; the last line is the sum. Started in
# the root of the tree, after `make check-programs`.
set -u
decisions=build/tests/determinism/decisions
client=build/tests/determinism/client
number=0 passed=0 failed=0
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT

report() {
    local how=$1
    shift
    echo "${how:+$how }ok $((++number)) - $*"
}
ok() { passed=$((passed + 1)); report "" "$@"; }
not_ok() { failed=$((failed + 1)); report not "$@"; }

# A shim that was built with a sanitizer needs its runtime first.
shim=$PWD/build/libsockfault.so
for runtime in ubsan tsan asan; do
    readelf -d "$shim" | grep -q "lib$runtime" &&
        export RUNTIME="lib$runtime.so"
done

# serve TYPE: a server, its port in $port
serve() {
    mkfifo "$work/$1"
    build/reference/server --model "$([ "$1" = stream ] && echo thread || echo epoll)" --type "$1" >"$work/$1" &
    servers+=($!)
    read -r port <"$work/$1"
    port=${port##*:}
}

# decide FILE SEED TYPE RULES: what was decided, sorted
decide() {
    timeout 60 $decisions "$shim" "$2" "$4" $client "$port" "$3" >"$work/unsorted" 2>"$work/err" &&
        grep -q '^200 OK$' "$work/unsorted" && sort "$work/unsorted" >"$work/$1" && return
    tail -n 3 "$work/err" "$work/unsorted" | sed 's/^/# /'
    return 1
}

# same CLAIM TYPE RULES EXPECTED...: ten runs with one seed are equal, and each expected pattern is in them; other seeds differ
same() {
    local claim=$1 type=$2 rules=$3 good=1
    shift 3
    serve "$type"
    for run in 1 2 3 4 5 6 7 8 9 10; do
        decide $run 7 "$type" "$rules" || good=0
        cmp -s "$work/1" "$work/$run" || { good=0; diff "$work/1" "$work/$run" | head -n 9 | sed 's/^/# /'; }
    done
    for pattern; do
        grep -q "$pattern" "$work/1" || { good=0; echo "# nothing is like $pattern"; }
    done
    if [ $good = 1 ]; then ok "$claim: ten runs of $(grep -c ^connection "$work/1") decisions are equal"
    else not_ok "$claim: ten runs are equal"; fi
    if decide other 8 "$type" "$rules" && ! cmp -s "$work/1" "$work/other"; then ok "$claim: another seed, other decisions"
    else not_ok "$claim: another seed, other decisions"; fi
    rm -f "$work"/{1,2,3,4,5,6,7,8,9,10,other}
}

same "chance, delays and short calls on connections" stream \
    'recv:short=3:chance=40%;send:short=2:chance=20%;send:delay=0..2ms:chance=30%;connect:error=ECONNREFUSED:chance=10%' \
    'recv .* CUT ' 'send .* CUT ' 'delay [1-9]' 'errno 111$'
same "damage and delays on datagrams" dgram \
    'recv:corrupt=5:chance=50%;recv:delay=0..500us:chance=50%;send:delay=1us..300us' \
    'recv .* FLIP ' 'recv .* DELAY delay [1-9]' 'FLIP delay [1-9]' 'send .* delay [1-9]'
echo "$passed passed, $failed failed"
[ $failed = 0 ]
