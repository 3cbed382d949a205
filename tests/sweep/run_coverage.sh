#!/bin/bash
# What a sweep tells of coverage, and its page. TAP; the last line is the sum. Run it in the root of the project, after
# `make check-programs`. Needs gcc and gcov.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

cat >"$dir/client.c" <<'EOF'
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int count, char **arguments)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[count - 1]))};
    char reply[2] = "";
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        return 3;
    if (send(fd, "x\n", 2, MSG_NOSIGNAL) != 2 || recv(fd, reply, 1, 0) != 1)
        _exit(4);
    puts("answered");
    return 0;
}
EOF
gcc -w -O0 --coverage -o "$dir/client" "$dir/client.c" || exit 1
cat >"$dir/pair.yaml" <<EOF
scenario: a client is <answered>
processes:
  server: {run: [build/reference/server, --protocol, line, --port, "\${port}", --timeout, "1"], ready: listening}
  client: {run: ["$dir/client", "\${port}"], after: server}
expect:
  client: {exit: 0, stdout: "answered\n"}
EOF
sweep() { gives "$1" "$sockfault" sweep --in client --records "$dir/records" "${@:2}"; }

sweep 0 --only 'client/connect:error=E[A-H]*' --coverage="$dir/counts" --report "html=$dir/page,json=$dir/json" \
    --report "html=$dir/copy" "$dir/pair.yaml"
like out '^  client\.c +[0-9.]+%  +[0-9.]+% +[0-9]+/[0-9]+ '
like out '^  lines that the sweep added$'
like out '^    client\.c: 12$'
like out '^    client\.c: 14$'
holds "the program's own counts are left alone" [ -z "$(find "$dir" -maxdepth 1 -name '*.gcda')" ]
holds "what was counted is kept" [ -n "$(find "$dir/counts/sweep" -name '*.gcda')" ]
claim "a line that only a fault reaches is told, and one that none does"

holds "a format can go to several files" cmp "$dir/page" "$dir/copy"
cp "$dir/page" "$dir/out"
like out '^<h2>a client is &lt;answered&gt;</h2>$'
like out '<span class="survived">\+ .* 12</span>'
like out '^</html>$'
cp "$dir/json" "$dir/out"
like out '"added_lines": \['
claim "in the page and for programs as well"

sweep 0 --only 'client/send:reset *' --coverage="$dir/counts" "$dir/pair.yaml"
like out '^    client\.c: 12,14$'
claim "counts that are kept are added to"

sweep 2 --coverage tests/sweep/reference.yaml
like err '^sockfault: --coverage: got programs that count nothing, expected one at least that gcc --coverage built$'
claim "who counts nothing is told so"

mkdir "$dir/bin"
PATH=$dir/bin sweep 3 --coverage "$dir/pair.yaml"
like err '^sockfault: --coverage: there is no gcov of gcc [0-9]+, which built the program$'
claim "without gcov it is one line"

sweep 3 --report "json=$dir/nowhere/x" "$dir/pair.yaml"
err "sockfault: --report json=$dir/nowhere/x: No such file or directory"
silent out
sweep 3 --budget 1ns --report json=/dev/full "$dir/pair.yaml"
err "sockfault: --report json: /dev/full: not all of it was written: No space left on device"
sweep 0 --budget 1ns --report html,json="$dir/json" "$dir/pair.yaml"
err '0 passed, 0 failed'
like out '^</html>$'
claim "reports of sweeps go where they are told; one that cannot be written is trouble"
closing
