# shellcheck shell=bash disable=SC2154  # $dir comes from lib.sh
# Programs that get no further (tests/hang/stuck.c): what is said of them, and when nothing may be said.

# stuck WAY [LINE]...: $dir/WAY.yaml, a scenario about it with those lines in it
stuck() {
    local way=$1
    shift
    {
        echo "scenario: $way"
        [ $# = 0 ] || printf '%s\n' "$@"
        echo "processes: {a: {run: [build/tests/hang/stuck, $way]}}"
        echo 'expect: {a: {exit: 0}}'
    } >"$dir/$way.yaml"
}

# gives_in_time STATUS WAY [LINE]...: it ends as its time is over, and that has to be after it has begun: where the
# machine did not get that far (status 3: nobody has seen the shim in it), with more time
gives_in_time() {
    local wanted=$1 way=$2 timeout status
    shift 2
    for timeout in 2s 10s 1min; do
        stuck "$way" "timeout: $timeout" "$@"
        status=0
        "$sockfault" run --time real "$dir/$way.yaml" >"$dir/out" 2>"$dir/err" || status=$?
        grep -q 'the shim was not loaded' "$dir/out" || break
    done
    [ "$status" = "$wanted" ] || problem "got status $status, expected $wanted: $way, $timeout"
}

# hangs WAY REGEX: proven long before the time is over, and told so
hangs() {
    stuck "$1" 'timeout: 1min'
    for clock in virtual real; do
        gives 1 "$sockfault" run --time $clock --report json="$dir/json" "$dir/$1.yaml"
        like out "^HANG  $1\$"
        like out '^      nothing can happen any more: everybody waits, nothing is in flight, no timeout is set$'
        like out "^      a $2"
        like json '"verdict": ?"hang"'
    done
}

line() { grep -n -e "$1" tests/hang/stuck.c | tail -1 | cut -d: -f1; }
receive=$(grep -n 'recv(ends\[0\], buffer, sizeof buffer, 0)' tests/hang/stuck.c | cut -d: -f1)

hangs receive "waits in recv\\(\\) at stuck.c:$receive on connection 1 for up to 100 bytes \\(.* so far\\)\$"
hangs all "waits in recv\\(\\) at stuck.c:[0-9]+ on connection [0-9] for all of 20 bytes after the first 5 "
hangs send "waits in send\\(\\) at stuck.c:[0-9]+ on connection 1 to send 1048576 bytes "
claim "a hang is told at once: who waits in which call, where, on what, and for what"

hangs poll 'waits in poll\(\) at .* for input on descriptor [0-9]+ \(pipe\), input on descriptor [0-9]+ \(socket\) \('
hangs select "waits in select\\(\\) at stuck.c:$(line 'select(ends') for input on descriptor [0-9]+ \\(socket\\) \\("
hangs epoll 'waits in epoll_wait\(\) at .* nothing on descriptor [0-9]+ \(socket\) \(disarmed: EPOLLONESHOT\)'
like out 'input on descriptor [0-9]+ \(eventfd\)'
claim "of poll, select and epoll_wait it is said which descriptors they wait for, and what they have been disarmed for"

hangs lock 'waits in .* for a lock or another thread'
hangs child 'waits in wait4\(\).* for the end of process [0-9]+; its process [0-9]+ waits in pause\(\).* for a signal'
hangs threads '.*its thread waits in recv\(\) at stuck.c:[0-9]+ on connection 1 for up to 100 bytes \(.*\), and 3 more likewise$'
claim "threads that do the same are told of once, and what is no call on a socket is told as well"

stuck spin 'timeout: 1min'
gives 1 "$sockfault" run --report json="$dir/json" "$dir/spin.yaml"
like out '^SPIN  spin$'
like out "^      a spins in recv\\(\\) at stuck.c:[0-9]+ on connection 1: [0-9]+ calls in .*, each returning 0, and no byte moved\$"
like json '"verdict": ?"spin"'
claim "who does the same for ever is told before the time is over"

gives_in_time 1 plain
like out "^      a spins at stuck.c:$(line 'volatile unsigned long')|^      a spins at stuck.c:$(($(line 'volatile unsigned long') + 1))"
like out ': 0 calls on sockets and no byte moved in'
claim "who runs without any call is told when the time is over, with the line it is at"

stuck clock 'timeout: 20s'
stuck timerfd 'timeout: 20s'
stuck rule 'timeout: 1min' 'faults: [{in: a, call: receive, error: EAGAIN, when: 1..60000}]'
for clock in virtual real; do
    gives 0 "$sockfault" run --time $clock "$dir/clock.yaml" "$dir/timerfd.yaml" "$dir/rule.yaml"
done
claim "who gives up by a clock or by a timer, or as a rule comes to its end, is not said to spin"

stuck receive 'verdict: hang'
gives 0 "$sockfault" run "$dir/receive.yaml"
stuck spin 'verdict: spin'
gives 0 "$sockfault" run "$dir/spin.yaml"
gives_in_time 0 nap 'verdict: timeout'
stuck clock 'verdict: hang'
gives 1 "$sockfault" run "$dir/clock.yaml"
like out "^  verdict  .*clock.yaml:2:10\$"
like out '^      expected  hang$'
like out '^      got       pass$'
stuck receive 'verdict: spin'
gives 1 "$sockfault" run "$dir/receive.yaml"
like out '^      got       hang$'
claim "a scenario can be about a hang, a spin or a timeout, and holds only if that comes"
