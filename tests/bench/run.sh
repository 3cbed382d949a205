#!/bin/bash
# What the shim costs: nanoseconds a call, and requests a second of redis-server and nginx, each measured bare and under
# each condition in turn, several times over; the median stands, and the ratio to bare. Everything on loopback.
#
#   conditions   idle     preloaded, no rule
#                other    a rule on another call
#                armed    a rule on the calls measured, that does not fire
#                tracing  every call written to SOCKFAULT_TRACE
#                libfiu   fiu-run -x (make deps-bench)
#                strace   strace -f -e inject=..., looking at the calls measured
#   BENCH_RUNS=N    how often each is measured (default 5)
#   BENCH_TIME=N    seconds a run of a server (default 1)
set -u
runs=${BENCH_RUNS:-5} seconds=${BENCH_TIME:-1}
lib=$PWD/build/libsockfault.so
call=$PWD/build/tests/bench/call
third=$PWD/build/third-party
conditions="bare idle other armed tracing libfiu strace"

# A network of our own where that is allowed: then every port is free.
if [ -z "${SOCKFAULT_BENCH_INSIDE:-}" ] && command -v ip >/dev/null; then
    export SOCKFAULT_BENCH_INSIDE=1
    for how in -n -Urn; do
        unshare $how ip link set lo up 2>/dev/null && exec unshare $how sh -c "ip link set lo up; exec '$0'"
    done
fi
port=$((20000 + $$ % 10000))

work=$(mktemp -d)
chmod 755 "$work"
server=
cleanup() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    wait
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# shellcheck source=/dev/null
[ ! -r "$third/env" ] || . "$third/env"
has() { command -v "$1" >/dev/null; }

# why_not CONDITION: prints why it cannot be measured here; nothing when it can
why_not() {
    case $1 in
    libfiu) has fiu-run || echo "no fiu-run (make deps-bench)" ;;
    strace)
        has strace || { echo "no strace"; return; }
        strace -o /dev/null -e trace=none true 2>/dev/null || echo "strace may not trace here" ;;
    esac
}

fiu_folder() {
    local at
    for at in "$third"/root/usr/lib/fiu "$third"/root/usr/lib/*/fiu /usr/lib/fiu /usr/lib/*/fiu; do
        [ ! -e "$at/fiu_run_preload.so" ] || { echo "$at"; return; }
    done
}

# under CONDITION SYSCALLS COMMAND...: runs the command that way. strace looks at SYSCALLS, and injects into one that
# nobody makes: it counts the others just the same.
under() {
    local condition=$1 syscalls=$2
    shift 2
    case $condition in
    bare) "$@" ;;
    idle) LD_PRELOAD=$lib "$@" ;;
    other) LD_PRELOAD=$lib SOCKFAULT=socketpair:delay=1us:when=1000000 "$@" ;;
    armed) LD_PRELOAD=$lib SOCKFAULT="receive:delay=1us:when=1000000000;send:delay=1us:when=1000000000;\
wait:delay=1us:when=1000000000;query:delay=1us:when=1000000000;duplicate,close:delay=1us:when=1000000000" "$@" ;;
    tracing) LD_PRELOAD=$lib SOCKFAULT_TRACE=$work/trace "$@" ;;
    libfiu) fiu-run -x -l "$(fiu_folder)" -f "$work/fiu" "$@" ;;
    strace) strace -f -qq -o /dev/null -e "trace=$syscalls,getppid" -e inject=getppid:error=EIO:when=1 "$@" ;;
    esac
    local status=$?
    rm -f "$work/trace"
    return $status
}

median() { sort -n | awk '{v[NR] = $1} END {if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# measure NAME UNIT COMMAND...: COMMAND CONDITION prints one number. A line of medians, and of ratios to bare.
measure() {
    local name=$1 unit=$2 condition run value bare
    shift 2
    rm -f "$work"/value.*
    for ((run = 0; run < runs; run++)); do
        for condition in $usable; do
            "$@" "$condition" >>"$work/value.$condition" 2>"$work/error" || { tail -n 3 "$work/error" >&2; }
        done
    done
    bare=$(median <"$work/value.bare")
    printf '%-22s' "$name ($unit)"
    for condition in $usable; do
        value=$(median <"$work/value.$condition")
        awk -v v="$value" -v b="$bare" -v u="$unit" 'BEGIN {
            if (v == "" || v == 0 || b == 0) printf "%20s", "-"
            else printf "%12.5g%8s", v, sprintf("x%.3g", u == "ns" ? v / b : b / v)}'
    done
    echo
}

header() {
    printf '%-22s' "$1"
    for condition in $usable; do printf '%12s%8s' "$condition" ""; done
    echo
}

usable=
for condition in $conditions; do
    reason=$(why_not "$condition")
    if [ -z "$reason" ]; then usable="$usable $condition"; else echo "without $condition: $reason"; fi
done

# ---- one call ------------------------------------------------------------------------------------------

one_call() {
    local syscalls=$2 fewer=1
    case $3 in
    tracing) fewer=8 ;;
    strace) fewer=64 ;;
    esac
    under "$3" "$syscalls" "$call" "$1" $fewer
}

empty_call() { LD_PRELOAD=$2:$work/empty.so "$call" empty; }
if ${CC:-cc} -O2 -shared -fPIC -o "$work/empty.so" tests/bench/lib/empty.c; then
    for ((run = 0; run < runs; run++)); do
        empty_call x "" >>"$work/without"
        empty_call x "$lib" >>"$work/with"
    done 2>/dev/null
    awk -v a="$(median <"$work/without")" -v b="$(median <"$work/with")" \
        'BEGIN {printf "the idle wrapper alone, before a recv that does nothing: %.2f ns (%.2f to %.2f)\n\n", b - a, a, b}'
fi
header "a call takes, fastest"
measure refused ns one_call refused recvfrom
measure fcntl ns one_call fcntl fcntl
measure "recv 1 byte" ns one_call recv recvfrom
measure "send 1 byte" ns one_call send sendto
measure poll ns one_call poll poll
measure "dup and close" ns one_call dup+close dup,close
echo

# ---- servers -------------------------------------------------------------------------------------------

# Until somebody listens there: the server says so by accepting.
await_port() {
    for ((i = 0; i < 2000; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.005
    done
    return 1
}

# serving CONDITION COMMAND... -- LOAD: starts the server that way, makes the load, ends the server
serving() {
    local condition=$1 load=$2 status=0
    shift 2
    port=$((port + 1))
    under "$condition" recvfrom,read,write,writev "${@//PORT/$port}" >"$work/server" 2>&1 &
    server=$!
    if await_port; then $load; else status=1; cat "$work/server" >&2; fi
    # strace and fiu-run are parents of the server: it is the one that is told to end
    kill -TERM "$(cat "$work/pid" 2>/dev/null || echo "$server")" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
    rm -f "$work/pid"
    return $status
}

redis_load() {
    timeout 60 redis-benchmark -p "$port" -t get -c 20 -n $((100000 * seconds)) -q --csv | awk -F'"' 'NR > 1 && NF > 3 {print $4}
        NR == 1 && $2 == "GET" {print $4}'
}
redis_run() {
    serving "$1" redis_load redis-server --port PORT --bind 127.0.0.1 --save '' --appendonly no --dir "$work" \
        --pidfile "$work/pid" --daemonize no
}

wrk_load() { timeout 60 wrk -t1 -c16 -d"${seconds}s" "http://127.0.0.1:$port/index.html" | awk '/Requests\/sec/ {print $2}'; }
nginx_run() {
    cat >"$work/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $work/pid;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work; uwsgi_temp_path $work; scgi_temp_path $work;
    server { listen 127.0.0.1:$((port + 1)); root $work; keepalive_requests 1000000; }
}
CONF
    serving "$1" wrk_load nginx -p "$work" -c "$work/nginx.conf" -e stderr
}

echo "hello" >"$work/index.html"
header "requests a second"
if has redis-server && has redis-benchmark; then measure redis-server 1/s redis_run
else echo "redis-server: not here (make deps-bench)"; fi
if has nginx && has wrk; then measure nginx 1/s nginx_run
else echo "nginx: not here, or no wrk (make deps-bench)"; fi
