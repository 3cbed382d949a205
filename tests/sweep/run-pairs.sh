#!/bin/bash
# Faults in pairs: what is wrong with what a client does about a first fault is only found by a second one. TAP; the last line is
# the sum. Run it in the root of the project, after `make check-programs`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
line=$(sed -n '/return recv(fd, line, size, 0);/=' tests/sweep/client-reconnects.c)

# scenario PROGRAM
scenario() {
    cat >"$dir/$1.yaml" <<END
scenario: a client that makes a lost connection again
processes:
  server: {run: [build/reference/server, --port, "\${port}", --protocol, line], ready: listening}
  client: {run: [build/tests/sweep/$1, "\${port}", hello], after: server}
expect:
  client: {exit: 0, stdout: "hello\n"}
END
}

swept() { gives "$1" "$sockfault" sweep --in client --only '!*:silence *' --records "$dir/records" "${@:2}"; }

scenario client-reconnects
scenario client-reconnects-fixed
swept 0 "$dir/client-reconnects.yaml"
claim "one fault alone does not lead there"

swept 1 --pairs "$dir/client-reconnects.yaml"
like out "^  under client/[a-z]+:.*:conn=1:when=1:scope=connection\$"
like out "^        client-reconnects\.c:$line, recv in client\$"
like out '^    after     client/'
like out '^10 places, [0-9]+ experiments, 1 defect '
claim "with --pairs it is found, at its line, and said after what"

record=$(printf '%s\n' "$dir"/records/*-then-client-recv-short=1-*.record)
gives 0 "$sockfault" replay "$record"
like out "^same +.*-then-client-recv-short=1-conn=2-when=1.record: gives another result"
claim "its record repeats both"

swept 0 --pairs "$dir/client-reconnects-fixed.yaml"
like out '^  under '
claim "the repaired client survives it, in the places that it then comes to"

swept 0 --pairs --budget 1ns "$dir/client-reconnects.yaml"
like out '^5 places, 0 experiments'
claim "pairs are within the budget as well"
closing
