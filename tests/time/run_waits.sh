#!/bin/bash
# Waits with a timeout, condition variables and system calls by number: small programs (one file each in this folder)
# that take half a minute by their own clock, run without the shim and with it in real time for a few hundredths of
# a second, and where time is virtual for all of it. TAP; the last line is `N passed, N failed, N skipped`. Started in the
# root of the tree.
set -u
bin=$PWD/build/tests/time
cc=${CC:-cc}
number=0 passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A shim that was built with a sanitizer needs its runtime first.
preload=$PWD/build/libsockfault.so
for runtime in ubsan tsan asan; do
    readelf -d "$preload" | grep -q "lib$runtime" && preload="$("$cc" -print-file-name=lib$runtime.so):$preload"
done

# told CLAIM STATUS: what the run left in $work/out says why
told() {
    number=$((number + 1))
    case $2 in
    0)
        echo "ok $number - $1"
        passed=$((passed + 1))
        ;;
    77)
        echo "ok $number - $1 # SKIP $(sed 's/^# //' "$work/out" | tail -n 1)"
        skipped=$((skipped + 1))
        ;;
    *)
        echo "not ok $number - $1"
        sed 's/^#* */# /' "$work/out" | head -n 40
        failed=$((failed + 1))
        ;;
    esac
}

# What is built here is not in the folder of the others.
program() { if [ -x "$work/$1" ]; then echo "$work/$1"; else echo "$bin/$1"; fi; }

plain() { WAIT_MS=60 timeout 60 "$(program "$1")" "$2" >"$work/out" 2>&1; }
preloaded() { LD_PRELOAD=$preload SOCKFAULT=recv:short=1 plain "$@"; }

# Half a minute and more of virtual time, in less: made over in real time it does not pass.
virtual() {
    cat >"$work/one.yaml" <<YAML
scenario: $1 $2
processes:
  program: {run: ["$(program "$1")", "$2"]}
expect:
  program: {exit: 0}
YAML
    timeout 20 build/sockfault run --time virtual "$work/one.yaml" >"$work/out" 2>&1
}

# t PROGRAM CASE CLAIM
t() {
    for how in plain preloaded virtual; do
        "$how" "$1" "$2"
        told "$3 ($how)" $?
    done
}

t waits semaphore "sem_timedwait and sem_clockwait end in time, or with what was posted"
t waits semaphore-interrupted "sem_timedwait tells of the program's own signal handler"
t waits signals "sigtimedwait ends in time, with the signal, or with EINTR"
t waits sleeps "thrd_sleep ends in time, and tells what is left"
t waits clocks "times() goes as far as the clock"
t waits identity "threads sleep on time after others were made, and setuid works in all of them"
t waits threads-of-libc "it sleeps on time after glibc has made a thread of its own"
t numbers clocks "a clock read by number is the clock"
t numbers sleeps "a sleep by number sleeps"
t numbers futexes "a futex by number ends in time, with EINTR, or woken"
t numbers others "syscall() passes on six arguments, results and errors"
t numbers masks "who blocks all signals by number still wakes in time"
t conditions timeouts "condition variables end in time, by either clock"
t conditions errors "condition variables refuse what glibc's refuse"
t conditions wakes "condition variables are woken, and no signal handler ends a wait"
t conditions robust "a wait tells that the mutex's owner has died"
t conditions processes "processes wake one another"
t conditions cancels "a cancelled wait has the mutex again"
t conditions cancels-lose-nothing "a cancelled wait takes no wake-up with it"
t conditions destroys "after a broadcast the variable may be destroyed"
t conditions old-names "programs of before GLIBC_2.3.2 have the same"
t stress queue "of many wake-ups none is lost"
t stress gap "a wake-up before the kernel has put to sleep is not lost"
t stress semaphores "of many posts none is lost"
t stress monotone "no thread sees time go back"

"$cc" -pthread -shared -fPIC -o "$work/libearly.so" tests/time/lib/early.c &&
    "$cc" -pthread -DPROGRAM -o "$work/early" tests/time/lib/early.c "$work/libearly.so"
t early "" "who waits before the shim is there is woken after"

for case in mutexes rwlocks joins queues sets aio raw-sleeps raw-timers adjustments; do
    SHIM=$preload timeout 60 "$bin/marks" "$case" >"$work/out" 2>&1
    told "what cannot be virtual is told: $case" $?
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
