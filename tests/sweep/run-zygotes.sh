#!/bin/bash
# Programs copied from zygotes see what programs started by exec see, and who cannot be copied is started afresh. TAP; the
# last line is the sum. Run it in the root of the project, after `make check-programs`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
if [ "$("$sockfault" doctor | grep -cE '^ok +(PID|network) namespace')" != 2 ]; then
    printf 'ok 1 - zygotes # SKIP namespaces of their own cannot be had here\n1..1\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi

# mirror NAME WORD [VARIABLE...]: a scenario with the client that says what it sees of itself
mirror() {
    local name=$1 word=$2
    shift 2
    cat >"$dir/$name.yaml" <<YAML
scenario: a line comes back
processes:
  server: {run: [build/reference/server, --port, "\${port}", --protocol, line], ready: listening}
  client:
    run: [build/tests/sweep/mirror, $dir/$name.log, "\${port}", "$word"]
    env: {$(IFS=,; echo "$*")}
    after: server
expect:
  client: {exit: 0}
YAML
}

# swept NAME OPTION...: what it sees is the same every time, and the first two times it was started by exec
swept() {
    local name=$1
    shift
    rm -f "$dir/$name.log"
    [ $# -gt 0 ] || set -- --in client --only 'client/*:[ds][eh]*'
    gives 0 "$sockfault" sweep -j1 --records "$dir/records" "$@" "$dir/$name.yaml"
    like out '(0 failed)$'
    [ "$(wc -l <"$dir/$name.log")" -ge 6 ] || problem "got $(wc -l <"$dir/$name.log") runs, expected 6"
    cut -d ' ' -f 2- "$dir/$name.log" | sort -u >"$dir/seen"
    [ "$(wc -l <"$dir/seen")" = 1 ] ||
        problem "not the same each time: $(diff <(head -n 1 "$dir/seen" | tr '|' '\n') <(tail -n 1 "$dir/seen" | tr '|' '\n'))"
}

# copies NAME: how many of its runs had the bytes of one before
copies() { echo $(($(wc -l <"$dir/$1.log") - $(cut -d ' ' -f 1 "$dir/$1.log" | sort -u | wc -l))); }

mirror plain word
swept plain
[ "$(copies plain)" -ge 2 ] || problem "got $(copies plain) copies of $(wc -l <"$dir/plain.log"), expected at least 2"
claim "a copy of a zygote sees of itself what a program started by exec does"

swept plain --in client --only 'client/*:[ds][eh]*' --fresh
[ "$(copies plain)" = 0 ] || problem "got $(copies plain) copies, expected none"
claim "with --fresh nothing is copied"

if "${CC:-cc}" -pthread -shared -fPIC -o "$dir/before.so" tests/sweep/lib/before.c 2>"$dir/err"; then
    mirror nothing word "LD_PRELOAD: $dir/before.so" "BEFORE: nothing"
    swept nothing
    [ "$(copies nothing)" -ge 2 ] || problem "got $(copies nothing) copies, expected at least 2"
    claim "a library before the shim that does nothing is no obstacle"
    for what in descriptor thread memory words timer condition; do
        mirror $what word "LD_PRELOAD: $dir/before.so" "BEFORE: $what"
        swept $what
        [ "$(copies $what)" = 0 ] || problem "got $(copies $what) copies, expected none"
        claim "who has a $what before the shim's constructor is started afresh"
    done
else
    problem "$(cat "$dir/err")"
    claim "the library to preload can be built"
fi

# shellcheck disable=SC2016 # the scenario's
mirror pid '${pid:server}'
swept pid --in server --only 'server/*:delay*'
[ "$(copies pid)" = 0 ] || problem "got $(copies pid) copies, expected none"
claim "whose words differ from one experiment to the next is started afresh"
closing
