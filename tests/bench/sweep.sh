#!/bin/bash
# Experiments a second: a sweep of the reference pair (a server, a client, and one more client each), beside a shell loop
# that starts the same server and client with no harness at all: no fault, no verdict, no second client. They take turns, the
# loop first and last, in one run; medians. Half-open connections are left out, which take a second of real time each.
#
#   BENCH_RUNS=N  how often each is measured (default 5)
set -u
runs=${BENCH_RUNS:-5} rounds=100
scenario=tests/sweep/reference.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

now() { date +%s%N; }
median() { sort -n | awk '{v[NR] = $1} END {print NR ? v[int((NR + 1) / 2)] : "-"}'; }

# The server says when it listens; it is waited for before the next begins.
loop() {
    local i port server line began
    began=$(now)
    for ((i = 0; i < rounds; i++)); do
        port=$((20000 + RANDOM % 10000))
        exec 7< <(exec build/reference/server --port $port --protocol line --model epoll --timeout 1)
        server=$!
        read -r -u 7 line
        build/reference/client --port $port --protocol line --timeout 1 hello >/dev/null || echo "loop: ${line:-no server}" >&2
        kill $server
        wait $server 2>/dev/null
        exec 7<&-
    done
    awk -v n=$rounds -v ns=$(($(now) - began)) 'BEGIN {printf "%.1f\n", n * 1e9 / ns}'
}

# sweep OPTION...: the whole of the command, its runs without a fault included
sweep() {
    local began
    began=$(now)
    build/sockfault sweep "$@" --only '!*:silence *' --records "$work/records" $scenario >"$work/log" || tail -n 3 "$work/log" >&2
    awk -v ns=$(($(now) - began)) '/ experiments, / {for (i = 2; i <= NF; i++) if ($i == "experiments,") printf "%.1f\n", $(i - 1) * 1e9 / ns}' \
        "$work/log"
}

for ((run = 0; run < runs; run++)); do
    loop >>"$work/loop"
    sweep >>"$work/lasting"
    sweep -j1 >>"$work/lasting1"
    sweep --fresh >>"$work/fresh"
    sweep --fresh -j1 >>"$work/fresh1"
done
loop >>"$work/loop"

base=$(median <"$work/loop")
row() { awk -v name="$1" -v rate="$(median <"$work/$2")" -v base="$base" 'BEGIN {printf "  %-34s %8.0f/s  x%.2f\n", name, rate, rate / base}'; }
echo "experiments a second, $runs runs each, median; ratio to the loop"
row "shell loop, no harness" loop
row "sweep" lasting
row "sweep -j1" lasting1
row "sweep --fresh" fresh
row "sweep --fresh -j1" fresh1
