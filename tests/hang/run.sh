#!/bin/bash
# Hangs, and what only looks like one: small programs (one file each in this folder) that are stuck or wait in a known
# way, by both clocks, and where namespaces are not to be had. TAP; the last line is `N passed, N failed, N skipped`.
# FULL=1: as often as `make stress-quiescence` wants it; LIMIT=SECONDS: for an experiment. Started in the root of the tree.
# shellcheck disable=SC2016,SC2028,SC2154 # ${…} in '…' is for the scenario; the rest comes from lib.sh
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/stress/burners.sh
. tests/stress/burners.sh
trap 'burn_no_more; clean' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
exchanges=2000 sleeps=20 limit=${LIMIT:-60}
[ "${FULL:-}" != 1 ] || exchanges=20000 sleeps=100 limit=600

# bare COMMAND...: where it can have no namespaces of its own; others in the network have nothing to do with it
bare() {
    unshare -Urn sh -c 'ip link set lo up && for n in user pid net; do
        echo 0 >/proc/sys/user/max_${n}_namespaces || exit 3; done && exec "$@"' sh "$@"
}
can_be_bare=$(bare echo 1 2>/dev/null)

# one NAME COMMAND [LINE...]: $dir/NAME.yaml, of a process that runs it and has to end well
one() {
    local name=$1 command=$2
    shift 2
    {
        printf '%s\n' "scenario: $name" "timeout: ${limit}s" "$@"
        echo "processes: {a: {run: [${command// /, }], stdin: \"a line\\n\"}}"
        echo 'expect: {a: {exit: 0}}'
    } >"$dir/$name.yaml"
}

# everywhere STATUS SCENARIO...: by both clocks, with namespaces and without
everywhere() {
    local status=$1
    shift
    for clock in virtual real; do
        gives "$status" "$sockfault" run --time $clock "$@"
        [ -z "$can_be_bare" ] || gives "$status" bare "$sockfault" run --time $clock "$@"
    done
}

# The line that /* NAME */ stands on: of the call that never returns.
line() { grep -n -F "/* $1 */" tests/hang/deadlock.c | cut -d: -f1; }

# hangs NAME WHAT: told for what it is, long before the time is over
hangs() {
    one "$1" "build/tests/hang/deadlock $1"
    for clock in virtual real; do
        gives 1 "$sockfault" run --time $clock "$dir/$1.yaml"
        like out "^HANG  $1\$"
        like out "^      a .*${2//@/ at deadlock.c:$(line "$1")}"
    done
    if [ -n "$can_be_bare" ]; then
        gives 1 bare "$sockfault" run "$dir/$1.yaml"
        like out "^HANG  $1\$"
    fi
    claim "a hang: $1"
}

hangs accept 'waits in accept\(\)@ for a connection on port [0-9]+'
hangs datagram 'waits in recv\(\)@ on connection 1 for a datagram'
hangs pipe 'waits in read\(\)@ on descriptor [0-9]+ \(pipe\)'
hangs full-pipe 'waits in write\(\)@ on descriptor [0-9]+ \(pipe\) to send'
hangs fifo 'waits in open\(\)@ for the other end of a FIFO'
hangs signal 'waits in sigsuspend\(\)@ for a signal'
hangs flock 'waits in flock\(\)@ for a file lock'
hangs locks 'its thread waits in futex\(\)@ for a lock or another thread, and 1 more likewise'
hangs both-receive 'waits in recv\(\)@ on connection [12] .*; its process [0-9]+ waits in recv\(\)@ on connection [12]'
hangs stopped 'waits in wait4\(\)@ for the end of process [0-9]+; its process [0-9]+ is stopped by a signal'

# pair NAME PROGRAM MORE EXPECTED [LINE...]: two processes of one program
pair() {
    local name=$1 program=$2 more=$3 expected=$4
    shift 4
    printf '%s\n' "scenario: $name" "timeout: ${limit}s" "$@" processes: \
        "  server: {run: [build/tests/hang/$program, server, \"\${port}\"$more], ready: listening}" \
        "  client: {run: [build/tests/hang/$program, client, \"\${port}\"$more], after: server}" \
        "expect: {server: {$expected}, client: {$expected}}" >"$dir/$name.yaml"
}

pair both-send both_send '' 'exit: 0' 'verdict: hang'
everywhere 0 "$dir/both-send.yaml"
sed -i '/^verdict/d' "$dir/both-send.yaml"
gives 1 "$sockfault" run "$dir/both-send.yaml"
like out '^      server waits in send\(\) at both_send.c:[0-9]+ .* to send [0-9]+ bytes'
like out '^      client waits in send\(\) at both_send.c:[0-9]+ .* to send [0-9]+ bytes'
claim "both sides in send is a hang, though millions of bytes are not sent"

# What is in this list ends by itself, some of it in no time: all of it at once.
for way in raw-sleep pipe-from-raw-sleep socket-from-sleeper child-sleeps fork-exec exec-stranger vfork-exec vfork-sleeps stopped \
    stopped-asleep traced signalled robust-mutex flock eventfd timerfd inotify alarm prints reads-input; do
    mkdir -p "$dir/asleep"
    one "asleep/$way" "build/tests/hang/asleep $way"
done
gives 0 "$sockfault" run "$dir/asleep"
[ -z "$can_be_bare" ] || gives 0 bare "$sockfault" run "$dir/asleep"
claim "whoever sleeps until a process, a signal, a lock or a timer comes does not hang: by virtual time"

# By real time they would sleep for half a minute.
for way in raw-sleep pipe-from-raw-sleep exec-stranger vfork-sleeps traced prints reads-input; do
    gives 0 "$sockfault" run --time real "$dir/asleep/$way.yaml"
done
claim "... and by real time"

cat >"$dir/static.c" <<'END'
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) { return argc < 2 || usleep(1000 * atoi(argv[1])); }
END
if ${CC:-cc} -static -o "$dir/static" "$dir/static.c" 2>/dev/null; then
    one static-child 'build/tests/hang/asleep exec-static' "env: {STATIC_SLEEPER: $dir/static}"
    gives 0 "$sockfault" run "$dir/static-child.yaml"
    gives 0 "$sockfault" run --time real "$dir/static-child.yaml"
    claim "a parent of a static program that sleeps does not hang"
else
    without "a parent of a static program that sleeps does not hang" "no static C library"
fi

for way in nagle user-timeout keepalive retransmission retransmission-of-closed lost-end defer-accept; do
    mkdir -p "$dir/kernel"
    one "kernel/$way" "build/tests/hang/kernel_waits $way"
done
everywhere 0 "$dir/kernel"
claim "nobody goes past a timer of the kernel's: Nagle, USER_TIMEOUT, keepalive, retransmission, DEFER_ACCEPT"

printf '%s\n' 'scenario: nothing is heard' 'timeout: 20s' 'faults: ["a/recv:silence:when=1"]' \
    'processes: {a: {run: [build/tests/hang/kernel_waits, no-user-timeout]}}' 'expect: {a: {exit: 0}}' >"$dir/silent.yaml"
gives 0 "$sockfault" run "$dir/silent.yaml"
claim "a TCP_USER_TIMEOUT of 0 is none: a minute of half-open takes no minute"

printf '%s\n' 'scenario: a full backlog' 'timeout: 20s' \
    'processes: {a: {run: [build/tests/hang/full_backlog, "${port}"]}}' 'expect: {a: {exit: 0, stdout: "connected\n"}}' \
    >"$dir/backlog.yaml"
everywhere 0 "$dir/backlog.yaml"
claim "a connect that waits for room in a backlog is no hang"

cat >"$dir/fifo-later.yaml" <<'END'
scenario: the other end of a FIFO is opened by who starts later
processes:
  maker: {run: [build/tests/hang/asleep, makes-fifo]}
  reader: {run: [build/tests/hang/asleep, opens-fifo], after: maker, ready: started}
  slow: {run: [sleep, "20"], after: reader}
  writer: {run: [build/tests/hang/asleep, writes-fifo], after: [reader, slow]}
expect: {maker: {exit: 0}, slow: {exit: 0}, reader: {exit: 0}, writer: {exit: 0}}
END
gives 0 "$sockfault" run "$dir/fifo-later.yaml"
claim "who waits for a process that the harness has not started yet does not hang"

cat >"$dir/next.yaml" <<'END'
scenario: the next client is one of the harness's
processes:
  server: {run: [build/reference/server, --model, thread, --port, "${port}"], ready: listening}
  next: {run: [build/reference/client, --port, "${port}", hello]}
expect: {server: {running: true, serves: {client: next, stdout: "hello\n"}}}
END
everywhere 0 "$dir/next.yaml"
claim "a server that nobody calls but the harness does not hang"

# idle NAME: the programs of $dir/NAME.yaml wait for no time, and it may not be advanced but for the harness's own waits
idle() {
    gives 0 "$sockfault" run --report json="$dir/json" "$dir/$1.yaml"
    like json '^      "jumps": 0,$'
}

burn 900
pair ping-pong pingpong ", \"$exchanges\"" "exit: 0, stdout: \"$exchanges exchanges, the clock was advanced by 0 s\\n\""
idle ping-pong
[ -z "$can_be_bare" ] || gives 0 bare "$sockfault" run "$dir/ping-pong.yaml"
claim "$exchanges exchanges under load, with a timeout of five seconds each: no jump, no timeout"

one stamps "build/tests/hang/time_stamps $sleeps"
gives 0 "$sockfault" run --report json="$dir/json" "$dir/stamps.yaml"
grep -qE '^      "jumps": [0-9]{3,},$' "$dir/json" || problem "the clock was not advanced a hundred times: $(grep jumps "$dir/json")"
claim "no process and no thread sees time go back, however often the clock is advanced"
burn_no_more

echo "$((number - failed - skipped)) passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
