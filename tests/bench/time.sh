#!/bin/bash
# What virtual time saves, and how soon a hang is told. Three tables, all of one run on one machine:
#
#   timeouts      scenarios that take seconds and minutes by their own clock, one at a time, each several times: medians
#   all           every scenario of scenarios/, once: what takes more than a second by its clock, and the sum of that
#   hangs         programs that are stuck in known ways, by both clocks: until it is told, from the last call begun, and
#                 from the start of the experiment to its end, where a timeout would take two seconds
#   BENCH_RUNS=N  how often each is measured (default 5; hangs: four times as often)
set -u
runs=${BENCH_RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# measured CLOCK ARGUMENT...: a line for each experiment (experiments.awk); 1: one did not come to what it is about
measured() {
    local clock=$1 status=0
    shift
    build/sockfault run -j1 --quiet --time "$clock" --report json="$work/json" "$@" >"$work/log" || status=1
    awk -f tests/bench/experiments.awk "$work/json"
    return $status
}

timeouts="
    scenarios/time/receive-timeout.yaml
    scenarios/time/client-gives-up-first.yaml
    scenarios/time/retries-until-there.yaml
    scenarios/time/server-drops-who-idles.yaml
    scenarios/time/injected-delays.yaml
    scenarios/time/rate.yaml
    scenarios/time/window-of-time.yaml
    scenarios/time/shortage-for-half-a-minute.yaml
    scenarios/peers/pauses-in-virtual-time.yaml
    scenarios/third-party/curl-stalled-server.yaml
    scenarios/third-party/curl-retries-every-five-seconds.yaml
    scenarios/third-party/wget-stalled-server.yaml
    scenarios/third-party/redis-blpop-for-30-seconds.yaml
    scenarios/third-party/redis-drops-who-idles.yaml
    scenarios/third-party/memcached-drops-who-idles.yaml
    scenarios/third-party/nginx-keeps-alive-for-75-seconds.yaml"

# by_wall: of the lines of one experiment the one whose wall time is the median
by_wall() { sort -t "$(printf '\t')" -k4,4n | awk '{line[NR] = $0} END {if (NR) print line[int((NR + 1) / 2)]}'; }

# column N FILE: its median; -: it is not told
column() { cut -f "$1" "$2" | grep -v '^-' | sort -n | awk '{v[NR] = $1} END {print NR ? v[int((NR + 1) / 2)] : "-"}'; }

echo "timeouts, $runs runs each, median"
printf '  %-46s %10s %10s %8s %10s %9s\n' "" virtual wall jumps "a jump" ratio
for file in $timeouts; do
    name=${file#scenarios/} && name=${name%.yaml}
    for ((run = 0; run < runs; run++)); do
        measured virtual "$file" || { echo "  $name: did not hold" && tail -n 1 "$work/log"; } >&2
    done >"$work/runs"
    # Of a file with several experiments the first stands for all.
    awk -F '\t' 'NR == 1 {first = $1} $1 == first && $2 == "pass"' "$work/runs" | by_wall |
        awk -F '\t' -v name="$name" '{
            jump = $5 > 50 ? sprintf("%.2f ms", $4 / 1e6 / $5) : "-"
            printf "  %-46s %8.1f s %7.1f ms %8d %10s %8.0fx\n", name, $3 / 1e9, $4 / 1e6, $5, jump, $3 / $4
            any = 1}
            END {if (!any) printf "  %-46s not here (make deps-third-party)\n", name}'
done

echo
measured virtual scenarios >"$work/all"
awk -F '\t' '
    $2 != "skip" {n++; wall_of_all += $4}
    $2 != "skip" && $3 > 1e9 {long++; virtual += $3; wall += $4}
    END {
        printf "all of scenarios/: %d experiments, %.1f s one after the other\n", n, wall_of_all / 1e9
        printf "  more than a second by their clock: %d, together %.1f s in %.2f s, ratio %.0fx\n", long, virtual / 1e9,
            wall / 1e9, virtual / wall}' "$work/all"
awk -F '\t' '$2 != "skip" && $3 > 1e9 && $3 < 2 * $4 {printf "  not advanced much: %s, %.2f s\n", $1, $4 / 1e9}' "$work/all"

# ---- hangs ---------------------------------------------------------------------------------------------

# hang NAME COMMAND: a program that gets stuck
hang() {
    cat >"$work/hangs/$1.yaml" <<YAML
scenario: $1
timeout: 2s
verdict: hang
processes: {a: {run: [${2// /, }]}}
expect: {a: {exit: 0}}
YAML
}

mkdir "$work/hangs"
cat >"$work/hangs/both wait in send (TCP).yaml" <<'YAML'
scenario: both wait in send (TCP)
timeout: 2s
verdict: hang
processes:
  server: {run: [build/tests/hang/both_send, server, "${port}"], ready: listening}
  client: {run: [build/tests/hang/both_send, client, "${port}"], after: server}
expect: {server: {exit: 0}, client: {exit: 0}}
YAML
hang "one waits in recv" "build/tests/hang/stuck receive"
hang "one waits in send" "build/tests/hang/stuck send"
hang "one waits in poll" "build/tests/hang/stuck poll"
hang "one waits in accept" "build/tests/hang/deadlock accept"
hang "both wait in recv (TCP)" "build/tests/hang/deadlock both-receive"
hang "two threads, two locks" "build/tests/hang/deadlock locks"
hang "a pipe nobody writes" "build/tests/hang/deadlock pipe"

echo
echo "hangs, $((4 * runs)) runs each, median; a timeout would tell after 2000 ms"
printf '  %-26s %22s %23s %8s\n' "" "virtual: told / whole" "real: told / whole" ratio
for file in "$work"/hangs/*.yaml; do
    for clock in virtual real; do
        measured $clock --repeat $((4 * runs)) "$file" >"$work/$clock" ||
            { echo "  $(basename "$file" .yaml): did not hang" && tail -n 1 "$work/log"; } >&2
    done
    awk -v name="$(basename "$file" .yaml)" -v virtual="$(column 6 "$work/virtual")" -v whole="$(column 4 "$work/virtual")" \
        -v real="$(column 6 "$work/real")" -v real_whole="$(column 4 "$work/real")" '
        function ms(us) { return us == "-" ? us : sprintf("%.2f ms", us / 1e3) }
        BEGIN {
            printf "  %-26s %10s / %9s %11s / %9s %7.0fx\n", name, ms(virtual), ms(whole / 1e3), ms(real), ms(real_whole / 1e3),
                2e9 / whole
        }'
done
