#!/bin/bash
# Sweeps without a scenario: of a command that ends by itself, of a server and its client; what makes a memory error that
# nobody sees is found by valgrind and by AddressSanitizer; records of all these repeat them. TAP; the last line is the
# sum. Run it in the root of the project.
# shellcheck disable=SC2016  # what stands in single quotes is not for this shell
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
here=tests/sweep
server="build/reference/server --port \${port} --protocol line --timeout 1"
compiler=${CC:-cc}
call=$(sed -n '/recv(fd, rest/=' "$here/client-zero-before.c") write=$(sed -n "/rest\[n\] = /=" "$here/client-zero-before.c")

# What a sweep's report says in the end: "N", the number before a word of its sum.
counted() { sed -n "s/.*[ (]\([0-9][0-9]*\) $1.*/\1/p" "$dir/out" | head -n 1; }

# pair STATUS CLIENT ARG...: a sweep of the server above and a client, faults in the client's receive alone, but for those
# that would take until time is over
pair() {
    gives "$1" "$sockfault" sweep --in client --only "${only:-*recv:[er]*}" --records "$dir/records" "${@:3}" \
        --server "$server" --client "$2 \${port}"
}

client() { "$compiler" -g "${@:2}" -o "$dir/$1" "$here/client-zero-before.c" || problem "$1 is not built"; }

# A pair of connected sockets, and a line that comes from a child at the other end.
cat >"$dir/self.c" <<'EOF'
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
    int fds[2];
    char line[8] = "";
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 3;
    if (fork() == 0)
        return send(fds[0], "hello\n", 6, 0) != 6;
    close(fds[0]);
    recv(fds[1], line, 6, 0);
    wait(NULL);
    fputs(line, stdout);
    return BROKEN ? 4 : 0;
}
EOF
"$compiler" -g -DBROKEN=0 -o "$dir/self" "$dir/self.c" && "$compiler" -g -DBROKEN=1 -o "$dir/ends-with-4" "$dir/self.c"
gives 1 "$sockfault" sweep --only '*recv:eof*' --records "$dir/records" -- "$dir/self"
like out '^DEFECT  self gives another result, and does not say that anything was wrong$'
like out '^ +self\.c:14, recv in self$'
claim "a command is swept without a scenario"

gives 0 "$sockfault" replay "$dir"/records/self-self-recv-eof=half-*.record
like out '^same '
claim "its record holds the scenario"

gives 0 "$sockfault" sweep --list -- "$dir/ends-with-4"
like err '^sockfault: ends-with-4: it ends with status 4 without a fault'
claim "a status that is not 0 is a warning"

gives 0 "$sockfault" sweep --print-scenario -- "$dir/self" 'a "b" ${port} \c' $'\t$'
cp "$dir/out" "$dir/printed.yaml"
like out "^    run: .*, \"a \\\\\"b\\\\\" \\\$\\\$\{port\} \\\\\\\\c\", \"\\\\t\\\$\"\]$"
gives 0 "$sockfault" run "$dir/printed.yaml"
claim "the scenario can be printed, and run"

gives 0 "$sockfault" sweep --print-scenario --port 7 --server "sh -c 'exec build/reference/server --port \"\$1\"' x \${port}" \
    --client 'true a\ b "c '"'d' "'${port}" '\''$HOME ${dir}'\'
like out '^    ready: \{listening: 7\}$'
like out "^    run: \[\"sh\", \"-c\", \"exec build/reference/server --port \\\\\"\\\$1\\\\\"\", \"x\", \"7\"\]$"
like out "^    run: \[\"true\", \"a b\", \"c 'd' 7\", \"\\\$HOME \\\$\\\$\{dir\}\"\]$"
claim "words are those of a shell, and a port can be said"

# Whoever is not in the command's own network: a server outside.
cat >"$dir/outside.c" <<'EOF'
#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>
int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0), peer;
    char line[100];
    if (bind(fd, (struct sockaddr *)&at, size) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0 || printf("%d\n", ntohs(at.sin_port)) < 0 || fflush(stdout) != 0)
        return 1;
    while ((peer = accept(fd, NULL, NULL)) >= 0) {
        ssize_t n = recv(peer, line, sizeof line, 0);
        if (n > 0)
            send(peer, line, (size_t)n, MSG_NOSIGNAL);
        close(peer);
    }
    return 1;
}
EOF
"$compiler" -o "$dir/outside" "$dir/outside.c" || problem "the server outside is not built"
client good -DFIXED=1
"$dir/outside" >"$dir/port" &
started+=("$!")
within 20 test -s "$dir/port" || problem "there is no server outside"
port=$(cat "$dir/port")
gives 0 "$sockfault" sweep --only '*recv:e*' --records "$dir/records" -- "$dir/good" "$port"
like err "^sockfault: good: in the machine's network, since something else comes of connect\(\) at client-zero-before\.c:"
gives 0 "$sockfault" sweep --print-scenario -- "$dir/good" "$port"
like out '^network: machine$'
gives 0 "$sockfault" sweep --print-scenario --network own -- "$dir/good" "$port"
like out '^  good: \{exit: 1\}$'
! grep -q network "$dir/out" || problem "got a network: $(cat "$dir/out")"
claim "a command whose server is outside is swept in the machine's network"

gives 0 "$sockfault" sweep --print-scenario --server "$server" \
    --client "sh -c 'build/reference/client --port \$0 --protocol line --timeout 1 hello && date +%N' \${port}"
! grep -q network "$dir/out" || problem "got a network: $(cat "$dir/out")"
[ ! -s "$dir/err" ] || problem "got $(cat "$dir/err"), expected no notes"
claim "who ends well in its own network stays there, whatever it prints"

gives 0 "$sockfault" sweep --tier all --list --in client --server "$server" \
    --client "sh -c 'exec 3<&0 3<&-; exec build/reference/client --port \$0 --protocol line --timeout 1 hello' \${port}"
like out '^client/recv:'
! grep -E '^client/(dup|fcntl|close)[^ ]*:scope=all ' "$dir/out" || problem "places that are about files: $(cat "$dir/out")"
claim "what is done to files is no place"

gives 3 "$sockfault" sweep --server "sh -c 'echo no such thing >&2; exit 1'" --client true
like err ', got ended with status 1 before it was listening.*; it said "no such thing"$'
claim "what a server said that did not start is told"

client bare
client asan -fsanitize=address
client static -fsanitize=address -static-libasan
client fixed -fsanitize=address -DFIXED=1
pair 0 "$dir/bare"
[ "$(counted survived)" -ge 6 ] || problem "got $(counted survived) survived, expected 6 at least"
claim "a byte before the buffer is not seen from outside"

for kind in asan static; do
    pair 1 "$dir/$kind" --with asan
    like out '^DEFECT  client does with its memory what it may not$'
    like out "^ +client-zero-before\.c:$call, recv in client$"
    like out "seen +client: AddressSanitizer: heap-buffer-overflow, WRITE of size 1 at client-zero-before\.c:$write; status 1$"
    gives 0 "$sockfault" replay "$dir"/records/server-$kind-client-recv-*.record
    claim "a runtime of AddressSanitizer ($kind) sees it, at its line"
done
pair 0 "$dir/fixed" --with asan
claim "and nothing once it is repaired"

if grep -q __asan_ build/reference/server; then
    without "valgrind sees it" "the server is built with AddressSanitizer"
elif command -v valgrind >"$dir/null"; then
    only='*recv:reset*' pair 1 "$dir/bare" --with valgrind -j1
    like out '^DEFECT  client does with its memory what it may not$'
    like out "seen +client: Invalid write of size 1 at read_line \(client-zero-before\.c:$write\); status 1$"
    gives 0 "$sockfault" replay "$dir"/records/server-bare-client-recv-reset-*.record
    client good-too -DFIXED=1
    only='*recv:reset*' pair 0 "$dir/good-too" --with valgrind -j1
    claim "valgrind sees it, at its line, and nothing once it is repaired"
    gives 0 "$sockfault" sweep --with valgrind --tier all --list --in client --server "$server" --client "$dir/good-too \${port}"
    ! grep -E ' (valgrind|dash|bash)[^ ]*$' "$dir/out" || problem "got places that are not the program's"
    like out ' client-zero-before\.c:'
    claim "what starts valgrind is no place"
else
    without "valgrind sees it" "there is no valgrind"
fi
# Nothing but the shell's own commands and sockfault is there.
gives 3 env PATH="$dir/nowhere" "$sockfault" sweep --with valgrind -- "$dir/self"
like err '^sockfault: --with=valgrind: valgrind: program not found in PATH$'
claim "without valgrind that is said"

# wrong MESSAGE ARG...: is refused with that message, and nothing is run
wrong() {
    gives 2 "$sockfault" sweep "${@:2}"
    like err "$1"
}
wrong 'got no SCENARIO, expected a scenario file, -- PROG ARG\.\.\., or --server CMD --client CMD$'
wrong 'got an empty PROG, expected the program to run$' -- ''
wrong 'got more than one of SCENARIO, -- PROG and --server with --client, expected one of them$' x.yaml -- true
wrong 'got --server without --client, expected both, or -- PROG$' --server true
wrong '--server: got .b., expected one of it$' --server a --server b
wrong "^--client:1:6: error: got '\|', expected a program and its arguments: " --server a --client 'true | b'
wrong "^--server:1:3: error: got '\\\$HOME', expected \\\$\{port\}" --server 'a $HOME' --client b
wrong "^--server:1:3: error: got ''b', expected a ' at its end$" --server "a 'b" --client b
wrong "^--server:1:1: error: got '', expected a program and its arguments$" --server '' --client b
wrong "--port: got '70000', expected a number from 1 to 65535$" --port 70000 --server a --client b
wrong 'got --port without --server and --client, expected both of them$' --port 7 -- true
wrong "--network: got 'here', expected own or machine$" --network here -- true
wrong "got --network with a scenario, expected 'network:' in the scenario$" --network own x.yaml
wrong "--with: got 'gdb', expected valgrind or asan$" --with gdb -- true
wrong "^sockfault: --with=asan: got no program that is built with -fsanitize=address in self, expected one at least$" \
    --with asan -- "$dir/self"
! command -v valgrind >"$dir/null" ||
    wrong "^sockfault: --with=valgrind: got .*/asan, which is built with -fsanitize=address" --with valgrind -- "$dir/asan" 1
wrong "got --time virtual with --with valgrind, expected real" --time virtual --with valgrind -- true
claim "wrong command lines are told in so many words"
closing
