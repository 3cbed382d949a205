#!/bin/bash
# The shim by plain preloading: small programs (one file each in this folder) that know nothing of it, under the rules
# of their row. TAP; the last line is `N passed, N failed, N skipped`. Started in the root of the tree.
set -u
lib=$PWD/build/libsockfault.so
bin=build/tests/shim
cc=${CC:-cc}
number=0 passed=0 failed=0 skipped=0

# A network of our own where that is allowed: a few thousand connections are left in TIME_WAIT.
if [ -z "${SOCKFAULT_TESTS_INSIDE:-}" ] && command -v ip >/dev/null; then
    export SOCKFAULT_TESTS_INSIDE=1
    for how in -n -Urn; do
        unshare $how ip link set lo up 2>/dev/null && exec unshare $how sh -c "ip link set lo up; exec '$0'"
    done
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# A shim that was built with a sanitizer needs its runtime first.
preload=$lib
for runtime in ubsan tsan asan; do
    readelf -d "$lib" | grep -q "lib$runtime" && preload="$("$cc" -print-file-name=lib$runtime.so):$preload"
done
shim() { LD_PRELOAD=$preload SOCKFAULT=$1 timeout 60 "${@:2}"; }

ok() {
    echo "ok $((++number)) - $1"
    passed=$((passed + 1))
}

# not_ok CLAIM [FILE]: what the file holds says why
not_ok() {
    echo "not ok $((++number)) - $1"
    failed=$((failed + 1))
    [ $# = 1 ] || sed 's/^#* */# /' "$2" | head -n 40
}

skip() {
    echo "ok $((++number)) - $1 # SKIP $2"
    skipped=$((skipped + 1))
}

# t CLAIM RULES PROGRAM ARG...: the program ends with 0
t() {
    local claim=$1 rules=$2 program=$3 status=0
    shift 3
    shim "$rules" "$bin/$program" "$@" >"$work/out" 2>&1 </dev/null || status=$?
    if [ "$status" = 0 ]; then ok "$claim"
    elif [ "$status" = 77 ]; then skip "$claim" "$(sed 's/^# //' "$work/out" | tail -n 1)"
    else
        echo "$program $* under SOCKFAULT='$rules' ended with $status" >>"$work/out"
        not_ok "$claim" "$work/out"
    fi
}

# same CLAIM EXPECTED COMMAND...: the command prints just that on stdout and stderr
same() {
    local claim=$1
    printf '%s' "${2:+$2
}" >"$work/expected"
    shift 2
    "$@" >"$work/got" 2>&1 </dev/null
    if diff "$work/expected" "$work/got" >"$work/out"; then ok "$claim"; else not_ok "$claim" "$work/out"; fi
}

# ---- counts --------------------------------------------------------------------------------------------

t "8 threads: every 7th call from the 100th, exactly" recv:short=1:when=100..+7 threads steps
t "8 threads: 37 times, exactly" recv:short=1:times=37 threads times
t "8 threads: the second receive of every connection" recv:short=1:scope=connection:when=2 threads connections
t "8 threads: the third receive of every thread" recv:short=1:scope=thread:when=3 threads each-thread
for seed in 1 1 2; do SOCKFAULT_SEED=$seed shim recv:short=1:chance=10% "$bin/threads" chance; done >"$work/chance" 2>&1
if [ "$(uniq "$work/chance" | wc -l)" = 2 ]; then ok "the seed decides how often, threads do not"
else not_ok "the seed decides how often, threads do not" "$work/chance"; fi
t "children go on with their parent's count" recv:short=1:when=15 forks one-after-another
t "children at the same time fire 50 times together" recv:short=1:times=50 forks at-the-same-time
t "the workers of a pre-forking server share one count" accept:reset:when=7 forks preforking-server
t "a reset in a child holds for its parent" recv:reset:when=1 forks a-shared-socket

# ---- exec ----------------------------------------------------------------------------------------------

for case in execve-empty execve-null execve-other execle execl execv execvp execlp execvpe fexecve execveat vfork \
    posix_spawn posix_spawnp system system-empty popen-empty own-preload own-rules failing; do
    t "exec: $case" recv:short=1 exec $case
done
for case in closes closes-all file socket execs cannot-exec; do
    t "a vfork child leaves its parent's state alone: $case" recv:short=1 vfork $case
done
cp "$lib" "$work"/
elsewhere() {
    local inside="cd / && exec '$PWD/$bin/plain' count"
    (cd "$work" && LD_PRELOAD=${preload//$lib/.\/libsockfault.so} SOCKFAULT=recv:short=5 SOCKFAULT_TRACE=trace.log \
        sh -c "$inside" && grep -c 'recv(.*injected: recv:short=5' trace.log)
}
same "relative names hold when the program changes its folder" $'2 receives, 0123456789\n1' elsewhere

untraceable() {
    SOCKFAULT_TRACE=$1 shim "" true
    echo "status $?"
}
mkfifo "$work/fifo"
same "a trace that cannot be written stops the program" "SOCKFAULT_TRACE:1:1: error: got '$work/no/trace', expected a file that can be written (No such file or directory)
status 125" untraceable "$work/no/trace"
same "a trace into a FIFO that nobody reads does not wait" "SOCKFAULT_TRACE:1:1: error: got '$work/fifo', expected a file that can be written (No such device or address)
status 125" untraceable "$work/fifo"

# ---- descriptors ---------------------------------------------------------------------------------------

t "closing every number in a loop" recv:short=1 closing loop
t "close_range" recv:short=1 closing close_range
t "closefrom" recv:short=1 closing closefrom
t "close_range that only marks" recv:short=1 closing cloexec
t "no descriptor of ours in the program" recv:short=1 closing none-of-our-own
t "a number that was a file is a socket" recv:short=1 closing number-used-again
t "copies: a reset is seen by all" recv:reset:when=1 dups reset
t "copies: their original closed" recv:reset:when=1 dups original-closed
t "copies: one count" recv:short=1:scope=connection:when=3 dups counts
t "copies: one count of bytes" recv:short=1:after=8B dups bytes
t "numbers change hands" recv:short=1 dups numbers
t "passed to another process: a reset there is one here" recv:reset:when=1 dups passed
t "the highest number allowed" recv:short=1 numbers allowed
t "number 100,000" recv:short=1 numbers high
t "number 1,048,575" recv:short=1 numbers highest
t "number 1,100,000" recv:short=1 numbers above-a-million

# ---- signals, errno, threads ---------------------------------------------------------------------------

if [ "${preload#*libtsan}" = "$preload" ]; then t "calls in a handler during a receive" recv:short=1 handlers receive
else skip "calls in a handler during a receive" "ThreadSanitizer keeps signals back until the call is over"; fi
t "calls in a handler during anything" recv:short=1 handlers anything
t "calls left by siglongjmp" recv:short=1 handlers jump
t "real EINTR and EAGAIN come through" recv:short=1 handlers real
t "errno: untouched on success, exact on failure" \
    "recv,send,read,write,accept,socket,dup,close,poll,epoll_wait:delay=1us;receive:reset:when=999" errno all
export SOCKFAULT_TRACE=$work/errno
t "errno: the same while tracing" "receive:reset:when=999" errno all
unset SOCKFAULT_TRACE
t "errno: of injected errors" "recv:error=EAGAIN;send:error=EAGAIN;socket:error=EMFILE:when=3..;dup:error=EMFILE" \
    errno injected
t "a thread blocked in a call can be cancelled" recv:short=1 cancel calls

# ---- datagrams -----------------------------------------------------------------------------------------

for case in cancelled jumped; do
    t "a look that is $case takes nothing and keeps nothing" recv:reorder=1:when=1:fd=3 datagrams $case
done
for case in at-exit places closed replaced connected forked; do
    t "a datagram that waits to be sent: $case" send:reorder=1:scope=connection:when=1 datagrams $case
done
t "a datagram that waits to be received, in two processes" recv:reorder=1:when=1:fd=3 datagrams shared
t "every datagram comes twice" recv:duplicate:fd=3 datagrams doubled
t "every second datagram comes first" recv:reorder=1:fd=3 datagrams overtaken
t "threads receive on one socket, some is lost" recv:drop:when=3..+3 datagrams lost-by-threads
t "threads receive on one socket, some is overtaken" recv:reorder=1:when=3..+3 datagrams overtaken-by-threads

# ---- names ---------------------------------------------------------------------------------------------

seen() { sed 's/^[0-9]* \([a-z0-9_]*\)(.*/\1/' "$1" | sort | uniq -c | awk '{print $2, $1}'; }
SOCKFAULT_TRACE=$work/calls shim "" "$bin/every-call" all >"$work/out" 2>&1 || cat "$work/out" >>"$work/calls"
sed -n 's/^CALL([^,]*, *\([a-z0-9_]*\),.*/\1/p' shim/model/calls.def | sort >"$work/rows"
seen "$work/calls" | cut -d' ' -f1 >"$work/names"
if diff "$work/rows" "$work/names" >"$work/out"; then ok "every row of the table is intercepted"
else not_ok "every row of the table is intercepted" "$work/out"; fi

t "other names of the same calls" receive:short=1 aliases all
SOCKFAULT_TRACE=$work/aliases shim receive:short=1 "$bin/aliases" all >/dev/null 2>&1
names() { # fcntl: only what makes a descriptor
    grep -v 'fcntl([0-9]*, [^01]' "$work/aliases" >"$work/copies"
    seen "$work/copies" | grep -E '^(dup2|fcntl|pread|preadv|pwrite|pwritev|read|sendfile) ' | xargs
}
same "... each seen under its plain name" \
    'dup2 1 fcntl 2 pread 2 preadv 1 pwrite 2 pwritev 1 read 4 sendfile 1' names
visible() { nm -D --defined-only "$lib" | grep -E ' (wrap_|alias_|next_|shim|board_|call_|rule_)'; }
same "nothing but libc's names is visible" "" visible
t "a fortified program" "receive:short=1;wait:delay=1ms" fortified cut
for name in __read_chk __recv_chk __recvfrom_chk __pread_chk __poll_chk __ppoll_chk; do
    if nm -D "$bin/fortified" | grep -q " $name"; then ok "... really calls $name"
    else skip "... really calls $name" "this compiler does not"; fi
done
shim receive:short=1 "$bin/fortified" overflow >"$work/out" 2>&1
if [ $? = 134 ] && grep -q 'buffer overflow detected' "$work/out"; then ok "... and is still protected"
else not_ok "... and is still protected" "$work/out"; fi

# ---- shapes --------------------------------------------------------------------------------------------

for case in readv recvmsg peek waitall; do t "short receive: $case" receive:short=4 vectors $case; done
t "short send: writev, sendmsg, send, sendto" send:short=4 vectors writev
t "short send: sendfile, splice" send:short=4 vectors files
t "short receive: more buffers than are copied" receive:short=50 vectors many
t "messages are not cut" "receive:short=4;send:short=4" vectors datagrams
t "nothing asked is nothing given" receive,send:short=50% vectors nothing
for case in vectors messages; do t "refused by the kernel: $case" receive,send:short=1:when=100000 refused $case; done
t "refused by the kernel: addresses" "send:match=zz:reset;query:delay=1ns:force;connect:delay=1ns" refused addresses
t "refused by the kernel: waits" "wait:error=EINTR:force" refused waits
t "more selected than there can be" "wait:spurious:force" refused many-selected
t "several messages at once" "recvmmsg:error=EAGAIN:when=1;sendmmsg:error=EAGAIN:when=1" vectors messages
t "files, pipes, eventfd, timerfd are not touched" \
    "receive:short=1;send:short=1;receive:reset;send:error=EAGAIN;receive:eof=half" others files
t "stdio on a socket is not seen, and not harmed" receive:short=1 others stdio
t "the resolver, late" resolve:delay=50ms others resolver
t "a delay lasts" recv:delay=60ms others delays

# ---- edge-triggered epoll ------------------------------------------------------------------------------

for case in eagain eagain-for-nothing; do
    t "edges: $case" receive:error=EAGAIN:scope=connection:when=1 edges $case
done
for case in short oneshot modes every-epoll; do t "edges: $case" receive:short=2 edges $case; done
t "edges: short send" send:short=2 edges sending
t "edges: EAGAIN at send" send:error=EAGAIN:scope=connection:when=2 edges sending-again
t "edges: none after an error" accept:error=EMFILE:when=1 edges errors
t "edges: two epolls hear of a reset" receive:reset:when=1 edges two-epolls
t "edges: a reset comes before the data is told" receive:reset:when=1 edges reset

# ---- what is legal, where ------------------------------------------------------------------------------

for case in eagain-blocking eagain-told eagain-timeout; do t "legal: $case" receive:error=EAGAIN legality $case; done
t "legal: EINTR at receive" receive:error=EINTR legality eintr-receive
t "legal: EINTR at waits" wait:error=EINTR legality eintr-wait
t "legal: no short messages" "receive:short=1;send:short=1" legality short-messages
t "legal: no piece of AF_UNIX in two" "receive:short=1;send:short=1" legality short-pieces
t "legal: not below SO_RCVLOWAT" receive:short=1 legality short-lowat
t "legal: no end without a connection" "receive:reset;receive:eof=half;send:error=EPIPE" legality ends
t "legal: no reset after FIN" receive:reset legality reset-after-fin
t "legal: no reset over data that was told" "send:reset:fd=4;send:error=EPIPE:fd=4" legality reset-known-data
t "legal: ETIMEDOUT only when something was sent" receive:error=ETIMEDOUT legality timeout-unsent
t "legal: ECONNREFUSED once for a datagram" receive:error=ECONNREFUSED legality refused-unsent
t "legal: EAGAIN at accept, where a wait told of somebody, only with a second acceptor" accept:error=EAGAIN legality eagain-accept
t "legal: EAGAIN where another thread receives as well" recv:error=EAGAIN:when=2 legality eagain-threads
t "legal: the end of a pair whose other end is a child's" recv:eof=full legality pair-of-child
t "legal: no refusal where there is a connection" connect:error=ECONNREFUSED legality refused-connected
t "legal: unless forced" read:error=ECONNRESET:force legality forced

# ---- the other side ------------------------------------------------------------------------------------

t "the peer of a reset, TCP" recv:reset:fd=4 peers reset-tcp
t "the peer of a reset, AF_UNIX" recv:reset:fd=4 peers reset-unix
for kind in tcp local; do
    t "nothing comes after an injected end of file: $kind" recv:eof=half:scope=connection:when=2 late $kind
done
t "the peer of eof=half" recv:eof=half:fd=4:when=1 peers eof-half
t "the peer of eof=half that has filled the window" recv:eof=half:fd=4:scope=connection:when=1 peers eof-half-while-full
t "the peer of eof=full" recv:eof=full:fd=4:when=1 peers eof-full
t "the client that was dead on arrival" accept:reset peers dead-on-arrival
t "the client of an accept that failed with ECONNABORTED" accept:error=ECONNABORTED:when=1 peers aborted
t "the peer of a close that failed" close:error=EIO:fd=4 peers close

# ---- ways to start a program ---------------------------------------------------------------------------

ten='10 receives, 0123456789'
same "without rules nothing changes" '1 receives, 0123456789' shim "" "$bin/plain" count
same "a rule" "$ten" shim recv:short=1 "$bin/plain" count

wrong() { LD_PRELOAD=$preload "$@" "$bin/plain" count; echo "status $?"; }
same "a wrong SOCKFAULT stops it before main" \
    "SOCKFAULT:1:6: error: got 'shrt', expected one of error short eof reset silence delay rate drop \
duplicate reorder corrupt truncate spurious when chance times after until conn fd peer local site match regex scope force"$'\nstatus 125' wrong env SOCKFAULT=recv:shrt=1
same "... and tells the column of a later rule" \
    "SOCKFAULT:1:25: error: got '0', expected a number from 1, or FIRST..LAST, FIRST.., FIRST..+STEP (2, 1..3, 2.., 1..+2)
status 125" wrong env 'SOCKFAULT=recv:short=1; send:when=0:short=1'
same "a wrong SOCKFAULT_SEED" "SOCKFAULT_SEED:1:1: error: got 'x', expected a number
status 125" wrong env SOCKFAULT=recv:short=1 SOCKFAULT_SEED=x

# built COMPILER NAME FLAG...: compiles plain.c that way into $work/NAME
built() {
    local compiler=$1 name=$2
    shift 2
    command -v "$compiler" >/dev/null && "$compiler" -std=gnu11 -D_GNU_SOURCE= -g -O1 -iquote . "$@" \
        -o "$work/$name" tests/shim/plain.c 2>"$work/out"
}

if [ "$preload" != "$lib" ]; then
    skip "other libraries, sanitizers, valgrind and gdb besides" "the shim has a sanitizer in it"
else
    if "$cc" -shared -fPIC -o "$work/early.so" tests/shim/lib/early.c 2>"$work/out"; then
        for order in "$work/early.so:$preload" "$preload:$work/early.so"; do
            same "another library's constructor makes calls" "$ten" \
                env LD_PRELOAD="$order" SOCKFAULT=recv:short=1 "$bin/plain" count
        done
    else
        not_ok "another library's constructor makes calls" "$work/out"
    fi

    for sanitizer in address undefined thread; do
        claim="a program with -fsanitize=$sanitizer"
        runtime=lib${sanitizer:0:1}san.so
        [ $sanitizer != undefined ] || runtime=
        if built gcc sanitized -fsanitize=$sanitizer -pthread; then
            first_library=${runtime:+$(gcc -print-file-name="$runtime"):}
            same "$claim (gcc, its runtime first)" "$ten" \
                env LD_PRELOAD="$first_library$lib" SOCKFAULT=recv:short=1 "$work/sanitized" count
        else skip "$claim (gcc)" "gcc cannot build it here"; fi
        if built clang sanitized -fsanitize=$sanitizer -pthread; then
            same "$claim (clang)" "$ten" shim recv:short=1 "$work/sanitized" count
        else skip "$claim (clang)" "clang cannot build it here"; fi
    done

    if ! command -v valgrind >/dev/null; then skip "under valgrind" "no valgrind"
    else
        mkdir "$work/stripped" # not every valgrind reads what every compiler writes for debuggers
        objcopy --strip-debug "$lib" "$work/stripped/libsockfault.so"
        same "under valgrind" "$ten" env LD_PRELOAD="$work/stripped/libsockfault.so" SOCKFAULT=recv:short=1 \
            valgrind -q --error-exitcode=9 --leak-check=full "$bin/plain" count
    fi

    if ! command -v gdb >/dev/null; then skip "under gdb" "no gdb"
    else
        gdb -q -nx -batch -ex "set environment LD_PRELOAD $preload" -ex 'set environment SOCKFAULT recv:short=1' \
            -ex 'set startup-with-shell off' -ex 'break recv' -ex run -ex backtrace -ex delete -ex continue \
            --args "$bin/plain" count >"$work/out" 2>&1 </dev/null
        if grep -q 'ptrace: Operation not permitted' "$work/out"; then skip "under gdb" "no ptrace here"
        elif grep -q "$ten" "$work/out" && grep -q '#1 .* in count' "$work/out" && grep -q 'exited normally' "$work/out"
        then ok "under gdb"
        else not_ok "under gdb" "$work/out"; fi
    fi
fi

if built "$cc" static -static; then
    same "a static program is not reached by preloading" '1 receives, 0123456789' shim recv:short=1 "$work/static" count
    if [ -x build/sockfault ]; then
        build/sockfault wrap --fault recv:short=1 -- "$work/static" count >"$work/out" 2>&1
        if [ $? = 125 ] && grep -q static "$work/out"; then ok "... and wrap refuses it"
        else not_ok "... and wrap refuses it" "$work/out"; fi
    else skip "... and wrap refuses it" "no build/sockfault"; fi
else skip "a static program" "no static libc"; fi

echo "1..$number"
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
echo "$line"
[ "$failed" = 0 ]
