#!/bin/bash
# `replay --gdb`: a debugger at the call that meets the fault. Without a terminal, so that its commands are on the command
# line. TAP; the last line is the sum. Run it in the root of the project, after `make check-programs`.
# shellcheck disable=SC2016 # $1 is gdb's
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/sweep/bare.sh
. tests/sweep/bare.sh

# recorded SCENARIO TRIAL: sweeps that one trial, a defect; $record is what was recorded of it
recorded() {
    gives 1 "$sockfault" sweep --in client --only "client/$2 *" --records "$dir/$1" "$dir/$1.yaml"
    record=$(echo "$dir/$1"/*.record)
    holds "$1: there is one record" test -f "$record"
}
# nothing REGEX FILE: no line matches
nothing() { ! grep -qE "$@"; }
line_of() { grep -n "$2" "$1" | head -n 1 | cut -d : -f 1; }

bare client-null-on-eof >"$dir/killed.yaml"
recorded killed recv:eof=half
killed=$record

mkdir "$dir/empty"
gives 3 env PATH="$dir/empty" "$sockfault" replay --gdb "$killed"
err "sockfault: --gdb: gdb: program not found in PATH"
[ "$(wc -l <"$dir/err")" = 1 ] || problem "got more than a line: $(cat "$dir/err")"
silent out
claim "without gdb that is said, and nothing runs"

gives 2 "$sockfault" replay --gdb-command bt "$killed"
like err 'replay: got --gdb-command, expected --gdb with it$'
gives 2 "$sockfault" replay --gdb "$killed" "$killed"
like err 'replay: --gdb: got 2 records, expected one$'
claim "wrong command lines about gdb are said"

if ! command -v gdb >/dev/null; then
    without "gdb stops at the call that meets the fault" "no gdb"
    closing
    exit
fi

gives 0 "$sockfault" replay --gdb --gdb-command bt --gdb-command 'print used' "$killed"
line=$(line_of tests/broken/client-null-on-eof.c 'recv(fd')
like out "^#[0-9]+ .* receive_line .* at tests/broken/client-null-on-eof.c:$line\$"
like out "^#[0-9]+ .* (in )?recv \(fd=3, buf="
like out '^#[0-9]+ .* main \(argc='
like out '^\$[0-9]+ = 0$'
like out "^same +$killed: is killed by a signal$"
claim "gdb stops at the call that meets the fault, in the program's own frame, and the fault comes then"

# A program that would end by itself otherwise, with status 0.
bare client-single-read >"$dir/wrong.yaml"
recorded wrong recv:short=1
gives 1 "$sockfault" replay --gdb --gdb-command kill "$record"
like out "^another +$record: is killed by a signal; in the record: gives another result, and does not say that anything was wrong$"
like out '^    client: killed by SIGKILL; '
gives 0 "$sockfault" replay --gdb --gdb-command continue "$record"
like out "^same +$record: gives another result, and does not say that anything was wrong$"
claim "what is killed in gdb is over, and what goes on there meets the fault"

if [ "$(gdb -nx -batch -ex 'python print(1)' 2>/dev/null)" = 1 ]; then
    sed 's#build/tests/broken/client-single-read#build/tests/sweep/client-threads#' "$dir/wrong.yaml" >"$dir/threads.yaml"
    source=tests/sweep/client-threads.c
    recorded threads recv:short=1
    gives 0 "$sockfault" replay --gdb --gdb-command 'print fd' --gdb-command bt --gdb-command 'thread apply all bt' "$record"
    like out '^\$1 = 3$'
    like out "^#[0-9]+ .* receive_reply \(fd=3\) at $source:$(line_of $source 'recv(fd')\$"
    # The backtrace of the thread that was selected is the first there is, and is the asking one's.
    sed -n '/^\$1 = 3$/,/^Thread /p' "$dir/out" >"$dir/selected"
    holds "the thread selected is the one that asks" grep -qE '^#[0-9]+ .*ask \(arguments=' "$dir/selected"
    holds "and no other one" nothing '^#[0-9]+ .*(main|print) \(' "$dir/selected"
    like out '^#[0-9]+ .* print \('
    like out '^#[0-9]+ .* main \(argc='
    like out "^same +$record: gives another result, and does not say that anything was wrong$"
    gives 1 "$sockfault" replay --gdb --gdb-command kill "$record"
    like out '^    client: killed by SIGKILL; '
    claim "another thread than the first is found"
else
    without "another thread than the first is found" "this gdb has no Python"
fi
closing
