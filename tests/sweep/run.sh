#!/bin/bash
# Sweeps: the reference pair survives everything; three sweeps say the same; records repeat what they are of. TAP; the last
# line is the sum. Run it in the root of the project, after `make check-programs`.
# shellcheck disable=SC2016 # ${port} is for the scenario
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/sweep/bare.sh
. tests/sweep/bare.sh
here=tests/sweep

# What a sweep's report says in the end: "N", the number before a word of its sum.
counted() { sed -n "s/.*[ (]\([0-9][0-9]*\) $1.*/\1/p" "$dir/out" | head -n 1; }

gives 0 "$sockfault" sweep --records "$dir/none" "$here/reference.yaml"
[ "$(counted defects)" = 0 ] || problem "defects: $(cat "$dir/out")"
[ "$(counted survived)" -ge 90 ] || problem "got $(counted survived) survived, expected 90 at least"
[ "$(tail -n 1 "$dir/out")" = "$(counted survived) passed, 0 failed" ] || problem "got $(tail -n 1 "$dir/out")"
holds "without a defect there is no record" missing "$dir/none"
claim "the reference pair survives every fault at every place"

# variant PROGRAM: the scenario of tests/broken with that program, and without its faults
variant() { bare "$1" >"$dir/$1.yaml"; }

swept() {
    gives "$1" "$sockfault" sweep --in "${2%%-*}" --only '!*:silence *' --records "$dir/records" "$dir/$2.yaml"
}

variant client-null-on-eof
for i in 1 2 3; do
    swept 1 client-null-on-eof
    grep -A 1 '^DEFECT' "$dir/out" >"$dir/verdicts$i"
    grep -E '^ {14}[a-z]+/' "$dir/out" >>"$dir/verdicts$i"
    holds "a sweep says the same as the first" cmp "$dir/verdicts1" "$dir/verdicts$i"
done
holds "there are verdicts" test -s "$dir/verdicts1"
claim "three sweeps come to the same verdicts"

record="$dir/records/client-null-on-eof-client-recv-eof=half-conn=1-when=1.record"
gives 0 "$sockfault" replay --trace "$record"
like out "^same +$record: is killed by a signal$"
like out ' client [0-9]+ recv\(3, 4095\) = 0  \[eof=half \(rule 1\)\]  client-null-on-eof.c:'
claim "a record repeats its defect"

mkdir "$dir/other"
sed 's/^scenario: /&another, where /' "$dir/client-null-on-eof.yaml" >"$dir/other/client-null-on-eof.yaml"
cp "$record" "$dir/before"
for i in 1 2; do
    gives 1 "$sockfault" sweep --in client --only 'client/recv:eof=half*' --records "$dir/records" "$dir/other/client-null-on-eof.yaml"
    like out "^ +repeat +${sockfault//+/\\+} replay ${record%.record}-2.record\$"
done
holds "the record of the first is as it was" cmp "$record" "$dir/before"
[ ! -e "${record%.record}-3.record" ] || problem "got a third record of two scenarios"
gives 0 "$sockfault" replay "$record" "${record%.record}-2.record"
claim "scenarios of one name have records of their own"

gives 2 "$sockfault" sweep --only 'nothing*' "$dir/client-null-on-eof.yaml"
like err "^sockfault: --only: got .nothing\\*., which matches no trial, expected a glob as of .server/"
gives 2 "$sockfault" sweep --same 'nothing*' --only 'client/recv:d*' --records "$dir/records" "$dir/client-null-on-eof.yaml"
like err "^sockfault: --same: got 'nothing\*', which matches no trial, "
gives 2 "$sockfault" sweep --only 'client/recv:d*' --only 'nothing*' --records "$dir/records" "$dir/client-null-on-eof.yaml"
like err "^sockfault: --only: got 'nothing\*', which matches no trial, "
gives 2 "$sockfault" sweep --only 'client/*' --only '!client/*' --list "$dir/client-null-on-eof.yaml"
like err "^sockfault: --only: got 'client/\* !client/\*', which matches no trial, "
claim "a glob that matches no trial is told"

gives 0 "$sockfault" sweep --only 'client/*:eof=*' --only 'client/recv:delay*' --only '!*:*+*' --list "$dir/client-null-on-eof.yaml"
like out '^client/recv:eof=half:'
like out '^client/recv:delay=8s:'
! grep -vE '^client/recv:(eof=half|delay=8s):' "$dir/out" || problem "got $(cat "$dir/out"), expected no more than eof=half and delay"
claim "several globs mean any of them, but none of those with '!'"

gives 2 "$sockfault" sweep -- true
like err '^sockfault: nothing can be tried: no program of it made a call on a socket that was seen'
sed '/^expect/i\  idle: {run: ["true"]}' "$dir/client-null-on-eof.yaml" >"$dir/idle.yaml"
gives 2 "$sockfault" sweep --in idle --records "$dir/records" "$dir/idle.yaml"
err "sockfault: --in: got 'idle', which made no call on a socket that was seen"
claim "who touches no socket is told"

cat >"$dir/dawdles.yaml" <<'YAML'
scenario: who looks for more when the other has closed
processes:
  server: {run: [build/tests/sweep/lastsaid, "${port}", late], ready: listening}
  client: {run: [build/reference/client, --port, "${port}", --timeout, "1", hello], after: server}
  next: {run: [build/reference/client, --port, "${port}", --timeout, "1", hello]}
expect:
  client: {exit: [0, 1]}
  server: {serves: {client: next}}
YAML
gives 1 "$sockfault" sweep --in server --only '*/recv:silence *' --records "$dir/records" "$dir/dawdles.yaml"
like out ' 2 experiments, 1 defect \(0 survived, 2 failed, 0 refused, 0 not fired\)'
gives 0 "$sockfault" replay "$dir/records/dawdles-server-recv-silence-conn=1-when=1.record"
claim "a fault that can only come before a close does so"

gives 3 "$sockfault" sweep --records "$dir/records" --server 'build/tests/sweep/lastsaid ${port} deaf' \
    --client 'build/tests/broken/client-no-timeout ${port} hello'
like err ': without a fault: SPIN: server spins in recv\(\) at lastsaid.c:[0-9]+ .* each returning 0, and no byte moved$'
claim "a server that spins while the next client waits is told as that"

mkdir "$dir/folder" && touch "$dir/file"
gives 3 "$sockfault" sweep --in client --only 'client/recv:eof=half *' --records "$dir/file/records" --report "text,json=$dir/told" "$dir/client-null-on-eof.yaml"
like out '^DEFECT  client is killed by a signal'
holds "the JSON says why, too" grep -q '"error": ".*/file/records' "$dir/told"
claim "what was found is told though no record can be written"

sed 's/client-null-on-eof/client-is-not-there/' "$dir/client-null-on-eof.yaml" >"$dir/no-client.yaml"
gives 3 "$sockfault" sweep --report "json=$dir/told" "$dir/no-client.yaml"
holds "the JSON says why" grep -q '"error": ".*program not found' "$dir/told"
claim "a report of nothing says why"

variant client-index-minus-one
gives 1 "$sockfault" sweep --in client --only '*:short=1+reset *' --records "$dir/records" "$dir/client-index-minus-one.yaml"
both=$dir/records/client-index-minus-one-client-recv-short=1-conn=1-when=1-reset.record
like out "^ +repeat +${sockfault//+/\\+} replay ${both//+/\\+}\$"
gives 0 "$sockfault" replay "$both"
like out "^same +$both: gives another result"
claim "a record repeats an event of two rules"

cp "$record" "$dir/of-nothing.record"
sed -i 's#"scenario": .*#"scenario": "nowhere.yaml",#' "$dir/of-nothing.record"
gives 2 "$sockfault" replay "$dir/of-nothing.record" "$record"
err "$dir/of-nothing.record: nowhere.yaml: error: got no file, expected the scenario of the record, where it was when that was made"
like out "^same +$record: "
claim "of several records it is told which is wrong, and the others are replayed"

sed -i 's#build/tests/broken/client-null-on-eof\([],]\)#build/tests/broken/client-null-on-eof-fixed\1#' "$dir/client-null-on-eof.yaml"
gives 1 "$sockfault" replay "$record"
like out "^another +$record: .*; in the record: is killed by a signal$"
like out '^warning: client: .*client-null-on-eof-fixed has been built anew \(build-id [0-9a-f]+, in the record [0-9a-f]+\)$'
claim "and says when another program does not have it any more"

variant client-single-read
gives 0 "$sockfault" sweep --list --in client "$dir/client-single-read.yaml"
sort "$dir/out" >"$dir/all"
for i in 1 2 3; do
    gives 0 "$sockfault" sweep --list --in client --shard "$i/3" "$dir/client-single-read.yaml"
    cat "$dir/out"
done | sort >"$dir/shares"
holds "shards share everything out" cmp "$dir/all" "$dir/shares"
gives 0 "$sockfault" sweep --in client --budget 1ns "$dir/client-single-read.yaml"
like out "0 experiments, 0 defects \(0 survived, 0 failed, 0 refused, 0 not fired; $(wc -l <"$dir/all") more were not started\)"
claim "a plan can be listed, shared out and cut off"

sed 's/exit: 0/exit: 3/' "$here/reference.yaml" >"$dir/wrong.yaml"
gives 3 "$sockfault" sweep "$dir/wrong.yaml"
like err 'without a fault: FAIL: client: exit: expected status 3, got status 0'
claim "what does not pass without faults is not swept"
closing
