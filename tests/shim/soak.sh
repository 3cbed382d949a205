#!/bin/bash
# On demand, not part of `make test`: redis-server and nginx serve 100,000 requests under the idle shim, and under rules
# that do not fire, without an error. `make deps-bench` brings them. TAP; the last line is `N passed, N failed, N skipped`.
set -u
lib=$PWD/build/libsockfault.so
third=$PWD/build/third-party
requests=${SOAK_REQUESTS:-100000}
number=0 passed=0 failed=0 skipped=0
if [ -z "${SOCKFAULT_TESTS_INSIDE:-}" ] && command -v ip >/dev/null; then
    export SOCKFAULT_TESTS_INSIDE=1
    for how in -n -Urn; do
        unshare $how ip link set lo up 2>/dev/null && exec unshare $how sh -c "ip link set lo up; exec '$0'"
    done
fi
port=$((21000 + $$ % 10000))
work=$(mktemp -d)
chmod 755 "$work"
echo "hello" >"$work/index.html"
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

ok() { echo "ok $((++number)) - $1"; passed=$((passed + 1)); }
not_ok() {
    echo "not ok $((++number)) - $1"
    sed 's/^/# /' "$work/out" | tail -n 20
    failed=$((failed + 1))
}
skip() { echo "ok $((++number)) - $1 # SKIP $2"; skipped=$((skipped + 1)); }

await_port() {
    for ((i = 0; i < 2000; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.005
    done
    return 1
}

# Ten commands in flight on each of 50 connections, values of 3 KB: reads and writes that come in pieces.
redis_load() {
    local command
    for command in get set lpush; do
        timeout 300 redis-benchmark -p "$port" -t $command -c 50 -P 10 -d 3000 -n "$requests" -q >"$work/load" 2>&1 || return 1
        tr '\r' '\n' <"$work/load" >"$work/out"
        ! grep -iE 'error|refused|reset' "$work/out" || return 1
        grep -q "requests per second" "$work/out" || return 1
    done
    redis-cli -p "$port" ping 2>&1 | tee "$work/out" | grep -q PONG
}

nginx_load() {
    local served=0
    while [ "$served" -lt "$requests" ]; do
        timeout 60 wrk -t1 -c50 -d2s "http://127.0.0.1:$port/index.html" >"$work/out" 2>&1 || return 1
        ! grep -E 'Socket errors|Non-2xx' "$work/out" || return 1
        served=$((served + $(awk '/requests in/ {print $1}' "$work/out")))
    done
}

# soak CLAIM RULES LOAD SERVER...
soak() {
    local claim=$1 rules=$2 load=$3
    shift 3
    port=$((port + 1))
    LD_PRELOAD=$lib SOCKFAULT=$rules "${@//PORT/$port}" >"$work/server" 2>&1 &
    server=$!
    if ! await_port; then
        cp "$work/server" "$work/out"
        not_ok "$claim: it did not start"
    elif ! grep -q libsockfault "/proc/$server/maps"; then
        echo "the shim is not in the server" >"$work/out"
        not_ok "$claim"
    elif "$load"; then ok "$claim"
    else not_ok "$claim"; fi
    kill "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
}

nginx_conf() {
    cat >"$work/nginx.conf" <<CONF
daemon off;
worker_processes 2;
pid $work/pid;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work; uwsgi_temp_path $work; scgi_temp_path $work;
    server { listen 127.0.0.1:$((port + 1)); root $work; keepalive_requests 1000000; }
}
CONF
}

never="receive:delay=1us:when=1000000000;send:delay=1us:when=1000000000;wait:delay=1us:when=1000000000"
for rules in "" "$never"; do
    how=${rules:+rules that do not fire}
    if command -v redis-server >/dev/null && command -v redis-benchmark >/dev/null; then
        soak "redis-server, 3 x $requests requests, ${how:-idle}" "$rules" redis_load \
            redis-server --port PORT --bind 127.0.0.1 --save '' --appendonly no --dir "$work"
    else skip "redis-server" "not here (make deps-bench)"; fi
    if command -v nginx >/dev/null && command -v wrk >/dev/null; then
        nginx_conf
        soak "nginx, $requests requests, ${how:-idle}" "$rules" nginx_load nginx -p "$work" -c "$work/nginx.conf" -e stderr
    else skip "nginx" "not here, or no wrk (make deps-bench)"; fi
done
echo "1..$number"
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
