#!/bin/bash
# Guardians that live on from one experiment of a sweep to the next: what comes out is the same as with everything started
# afresh, nothing of one experiment is there in the next, and nothing of any of them afterwards. TAP; the last line is the
# sum. Run it in the root of the project, after `make check-programs`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
if [ "$("$sockfault" doctor | grep -cE '^ok +(PID|network) namespace')" != 2 ]; then
    printf 'ok 1 - guardians live on # SKIP namespaces of their own cannot be had here\n1..1\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi
here=tests/sweep

# shellcheck source=tests/sweep/trials.sh
. tests/sweep/trials.sh

same 0 "$here/reference.yaml"
claim "the reference pair: the same by guardians that live on"

# The scenario of a program in tests/broken without its faults.
variant() { awk '/^[a-z]/ {faults = /^faults:/} !faults' "tests/broken/$1.yaml" >"$dir/$1.yaml"; }
for program in client-null-on-eof client-single-read client-spin-on-eof server-accept-emfile server-fd-leak server-sigpipe; do
    variant "$program"
    same 1 "$dir/$program.yaml" --in "${program%%-*}"
    claim "$program: the same by guardians that live on"
done

# leaving NAME WHAT...: a server that does not start where it finds what one before it has left
leaving() {
    local name=$1
    shift
    cat >"$dir/$name.yaml" <<YAML
scenario: a line comes back
processes:
  server: {run: [build/tests/sweep/leaves, $dir/$name.log$(printf ', %s' "$@")], ready: listening}
  client:
    run: [build/reference/client, --port, "4711", --protocol, line, --timeout, "1", hello]
    after: server
expect:
  client: {exit: 0, stdout: "hello\n"}
YAML
}

# how many different numbers the server had
numbers() { sort -u "$dir/$1.log" 2>/dev/null | wc -l; }

for what in thread daemon segment queue abstract file; do
    leaving "$what" "$what"
    same 0 "$dir/$what.yaml" --in server --only 'server/*:[ds][eh]*'
    claim "a server that leaves a $what behind finds none"
done

# In one PID namespace no number comes twice.
leaving port
sweeps 0 afresh "$dir/port.yaml" --fresh --in server --only 'server/*:[ds][eh]*'
afresh=$(numbers port)
rm "$dir/port.log"
sweeps 0 lasting "$dir/port.yaml" -j1 --in server --only 'server/*:[ds][eh]*'
[ "$(numbers port)" -ge $((afresh + 10)) ] || problem "got $(numbers port) numbers, and $afresh afresh"
agree
claim "a port that is written into a server, without SO_REUSEADDR, is free again under the same guardian"

none_left() { ! grep -qls -- "$dir" /proc/[0-9]*/cmdline; }
begun() { [ "$(numbers ended)" -ge 3 ]; }
for signal in INT KILL; do
    leaving ended daemon file
    rm -f "$dir/ended.log"
    "$sockfault" sweep -j3 --records "$dir/records" "$dir/ended.yaml" >"$dir/out" 2>&1 &
    pid=$!
    within 20 begun || problem "the sweep does not begin: $(cat "$dir/out")"
    kill -$signal "$pid"
    wait "$pid" 2>/dev/null
    mv "$dir/ended.yaml" "$dir/other.yaml"
    within 20 none_left || problem "left: $(grep -ls -- "$dir" /proc/[0-9]*/cmdline)"
    claim "SIG$signal amid a sweep leaves no process"
done

# Its experiment is not its first: another guardian has that anew.
leaving ended daemon
rm -f "$dir/ended.log"
"$sockfault" sweep -j1 --in client --records "$dir/records" --only '!*:silence *' "$dir/ended.yaml" >"$dir/out" 2>&1 &
pid=$!
within 20 begun || problem "the sweep does not begin: $(cat "$dir/out")"
guardian=$(pgrep -P "$pid" -x sockfault-guard)
kill -KILL "${guardian:?no guardian}"
wait "$pid" || problem "got status $?, expected 0: $(cat "$dir/out")"
like out ', 0 failed$'
claim "a guardian that is killed costs no experiment its verdict"

cat >"$dir/halves.yaml" <<YAML
scenario: header and body
processes:
  both: {run: [build/tests/sweep/halves]}
expect:
  both: {exit: 0, stdout: "0 delayed acknowledgements\n"}
YAML
gives 0 "$sockfault" run "$dir/halves.yaml"
[ "$(tail -n 1 "$dir/out")" = "1 passed, 0 failed" ] || problem "$(cat "$dir/out")"
claim "no acknowledgement is delayed in a namespace of an experiment"

cat >"$dir/ticks.yaml" <<'YAML'
scenario: a line comes back from who looks after something all the time
processes:
  server: {run: [build/tests/sweep/ticks, "${port}"], ready: listening}
  client: {run: [build/reference/client, --port, "${port}", --protocol, line, hello], after: server}
expect: {client: {exit: 0, stdout: "hello\n"}}
YAML
gives 0 "$sockfault" sweep --only 'server/close:delay*' --records "$dir/records" "$dir/ticks.yaml"
like out ' 0 defects \([34] survived, 0 failed, 0 refused, [01] not fired\) '
claim "who is late with a close that comes when everybody else has ended does not leak"

closing
