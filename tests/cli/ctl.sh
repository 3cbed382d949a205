# shellcheck shell=bash disable=SC2016,SC2154  # $… in '…' is for the shell under test; $dir and others come from lib.sh
# `sockfault wrap --control` and `sockfault ctl`: rules of a program that runs.

ctl() { "$sockfault" ctl "$dir/ctl" "$@"; }

mkfifo "$dir/stdin"
exec 7<>"$dir/stdin"
# reading [OPTION...] PROGRAM...: in the background, with a stdin that the test writes
reading() {
    rm -f "$dir/hammer.out"
    set -m
    env --default-signal=INT,QUIT,HUP,TERM "$sockfault" wrap --control="$dir/ctl" "$@" \
        <"$dir/stdin" 7<&- >"$dir/hammer.out" 2>"$dir/hammer.err" &
    pid=$!
    set +m
    started+=("$pid")
    within 20 grep -q ready "$dir/hammer.out" || problem "the program did not start: $(cat "$dir/hammer.err")"
}
# hammer [OPTION...]: eight threads that send and receive until their stdin ends
hammer() { reading "$@" -- build/tests/shim/hammer; }
# closes the program's stdin, and with it the program; another one can be begun
end_hammer() {
    exec 7<&-
    ends "$1"
    exec 7<>"$dir/stdin"
}
# told REGEX: the closing line
told() { grep -qE -e "$1" "$dir/hammer.err" || problem "got '$(head -c 2000 "$dir/hammer.err")', expected it to match '$1'"; }
count_of() { ctl list | sed -n "s/^rule $1 .* $2 \([0-9]*\).*/\1/p"; }
counts() { [ "$(count_of "$1" "$2")" -gt "$3" ]; }

hammer
[ "$(stat -c %a "$dir/ctl")" = 600 ] || problem "mode: got $(stat -c %a "$dir/ctl"), expected 600"
gives 0 ctl list
silent out
gives 0 ctl stats
like out '^0 calls looked at, 0 connections, 0 bytes received, 0 bytes sent$'
gives 0 ctl add 'recv:short=1; recv:delay=0:when=5'
[ "$(tr '\n' ' ' <"$dir/out")" = '1 2 ' ] || problem "add: got '$(cat "$dir/out")', expected 1 and 2"
within 10 counts 1 fired 100 || problem "a rule that came later does not fire: $(ctl list)"
gives 0 ctl list
like out "^rule 1 'recv:short=1' on: matched [0-9]+, fired [0-9]+, refused 0, forced 0\$"
like out "^rule 2 'recv:delay=0:when=5' on: matched [0-9]+, fired 1, "
gives 0 ctl remove 1
gives 0 ctl list
like out "^rule 1 'recv:short=1' removed: "
gives 0 ctl add 'recv:error=ECONNREFUSED'
out 3
within 10 counts 3 refused 0 || problem "an illegal rule is not refused: $(ctl list)"
gives 0 ctl list
like out "^rule 3 .* on: matched [0-9]+, fired 0, refused [0-9]+ \([a-z].*\), forced 0\$"
gives 0 ctl stats
like out '^[0-9]+ calls looked at, 16 connections, [0-9]+ bytes received, [0-9]+ bytes sent$'
end_hammer 0
cut=$(sed -n 's/^\([0-9]*\) cut$/\1/p' "$dir/hammer.out")
told "^sockfault: [0-9]+ calls looked at, 16 connections; rule 1 'recv:short=1' \(removed\) fired $cut times; rule 2 'recv:delay=0:when=5' fired 1 time; rule 3 'recv:error=ECONNREFUSED' did nothing: refused"
holds "the socket is removed" missing "$dir/ctl"
claim "rules are added and removed while the program runs; what fired is just what befell it"

hammer
for i in $(seq 25); do
    kind=(recv:short=1 recv:short=25% 'recv:short=1:chance=50%' 'recv:short=1:when=1..+2')
    [ "$(ctl add "${kind[i % 4]}; nobody/recv:short=1")" = "$((2 * i - 1))"$'\n'"$((2 * i))" ] || problem "add $i: other numbers"
    within 10 counts "$((2 * i - 1))" fired 10 || problem "rule $((2 * i - 1)) does not fire"
    ctl remove $((2 * i - 1)) || problem "remove $i"
    [ $((i % 2)) = 0 ] || ctl remove $((2 * i)) || problem "remove $i"
done
end_hammer 0
cut=$(sed -n 's/^\([0-9]*\) cut$/\1/p' "$dir/hammer.out")
fired=$(grep -oE 'fired [0-9]+ time' "$dir/hammer.err" | awk '{n += $2} END {print n}')
[ "$cut" = "$fired" ] && [ "$cut" -gt 249 ] || problem "got $cut receives cut, and $fired firings"
told "; 13 removed rules did nothing\$"
claim "eight threads go on as rules come and go, and not one firing is lost or made up"

hammer --fault 'recv:short=1:times=1; accept:reset' --require-fired
gives 0 ctl add 'nobody/recv:short=3'
out 3
gives 0 ctl list --json
like out '^\[\{"number":1,"text":"recv:short=1:times=1","state":"on","matched":[0-9]+,"fired":1,"refused":0,"why_refused":null,"forced":0\},\{"number":2,.*\},\{"number":3,.*\}\]$'
gives 0 ctl stats --json
like out '^\{"calls":[0-9]+,"all_calls":false,"connections":[0-9]+,"bytes_received":[0-9]+,"bytes_sent":[0-9]+,"rules":\[\{.*\}\]\}$'
gives 0 ctl remove 2
end_hammer 125
told "^sockfault: .*; rule 3 'nobody/recv:short=3' did nothing: no program 'nobody' was seen\$"
told "^--fault#1:1:1: error: got 'accept:reset' fired 0 times, expected at least 1: "
claim "--require-fired is about the rules of the command line, JSON is for scripts"

hammer
gives 2 ctl add 'recv:short=1;recv:shorty=1'
like err '^EXPR:1:19: error: got '\''shorty'\'', expected one of '
err '    recv:short=1;recv:shorty=1'
err '                      ^'
gives 2 ctl add "recv:short=1:regex='(a'"
like err "^EXPR:1:[0-9]+: error: got '\(' that is not closed, expected '\)'\$"
gives 2 ctl add "recv:short=1:site='nowhere.c:1'"
like err '^EXPR:1:[0-9]+: error: got .*nowhere.c'
gives 2 ctl add $'recv:short=1;\nrecv:short=1'
err 'EXPR:1:14: error: got a line break, expected one line'
gives 2 ctl add "$(printf 'recv:short=1;%400d;%4000d' 1 1)"
err 'EXPR:1:4091: error: got 4414 bytes, expected at most 4090'
gives 0 ctl list
silent out
gives 0 ctl add "recv:short=1:site='receive_much'"
within 10 counts 1 fired 10 || problem "a rule with a site does not fire: $(ctl list)"
gives 1 ctl remove 9
err 'sockfault: got rule 9, expected 1, the only one there is'
gives 0 ctl add 'nobody/recv:short=1;nobody/recv:short=1'
gives 1 ctl remove 9
err 'sockfault: got rule 9, expected one of 1 to 3'
gives 0 ctl remove 3
gives 1 ctl remove 3
err 'sockfault: got rule 3, which has been removed already'
for wrong in '' 'lisp' 'list 1' 'add' 'add a b' 'remove' 'remove 0' 'remove x' 'remove 1 2' 'remove 1 --json' 'stats -x'; do
    # shellcheck disable=SC2086  # several words
    gives 2 ctl $wrong
    silent out
    like err '^(sockfault|[^ ]*sockfault) ctl: |^[^ ]*sockfault: '
done
gives 2 "$sockfault" ctl
gives 2 "$sockfault" ctl "$dir/$(printf %0120d 1)" list
like err 'got a path of [0-9]+ bytes, expected at most 107'
end_hammer 0
gives 3 ctl list
like err '^sockfault: .*/ctl: nobody listens there'
claim "0 done, 1 no such rule, 2 a wrong expression or command line, 3 nobody listens"

echo file >"$dir/file"
gives 125 wrap --control="$dir/file" -- touch "$dir/touched-ctl"
like err '^sockfault: --control=.*/file: got a file that is there, expected a new one$'
gives 125 wrap --control="$dir/$(printf %0120d 1)" -- touch "$dir/touched-ctl"
like err '^sockfault: --control: got a path of [0-9]+ bytes, expected at most 107'
gives 125 wrap --control=/nonexistent/ctl -- touch "$dir/touched-ctl"
holds "nothing was started" missing "$dir/touched-ctl"
[ "$(cat "$dir/file")" = file ] || problem "the file was replaced"
hammer
gives 125 wrap --control="$dir/ctl" -- touch "$dir/touched-ctl"
like err 'got a socket that is in use, expected a new one$'
gives 0 ctl list
end_hammer 0
claim "a socket is made where nothing is, or the program does not start"

for how in 'INT 130 -' 'TERM 143' 'KILL 137'; do
    read -r signal status group <<<"$how"
    hammer
    program=$(pgrep -P "$pid" -x hammer)
    gives 0 ctl list
    kill "-$signal" "$group$pid"
    ends "$status"
    within 10 missing "$dir/ctl" || problem "the socket is there after SIG$signal"
    within 10 gone "$program" || problem "the program lives on after SIG$signal"
done
gives 127 wrap --control="$dir/ctl" -- no-such-program
gives 126 wrap --control="$dir/ctl" -- "$dir/plain"
holds "the socket is removed" missing "$dir/ctl"
claim "the socket is removed whatever the end: ^C, SIGTERM, SIGKILL of wrap"

hammer
kill -STOP "$pid"
gives 3 timeout 30 "$sockfault" ctl "$dir/ctl" list
like err 'no answer within [0-9]+ s$'
kill -CONT "$pid"
within 10 ctl list || problem "it does not answer once it goes on"
end_hammer 0
claim "ctl does not wait for ever"

hammer
while ctl list; do :; done >"$dir/all" 2>"$dir/last" 7<&- &
asking=$!
gives 0 ctl add recv:short=1
end_hammer 0
within 10 gone "$asking" || problem "ctl does not end"
wait "$asking"
grep -qE "^sockfault: (the program has ended|.*: (nobody listens there|got no answer: the program has ended|Connection reset by peer).*)\$" "$dir/last" ||
    problem "got '$(cat "$dir/last")', expected an answer or a refusal"
claim "what is asked while the program ends is answered or refused"

# sleeps: the program's first thread waits for something
sleeps() { grep -q '^State:.*sleeping' "/proc/$(pgrep -P "$pid" -x late-rules)/status"; }

reading -- build/tests/shim/late-rules announced
gives 0 ctl add recv:error=EAGAIN
echo >&7
ends 0
told "; rule 1 'recv:error=EAGAIN' .*refused 1 \\(the program knows already that data is there"
reading --fault wait:delay=0 -- build/tests/shim/late-rules waiting
within 10 sleeps || problem "the program does not wait"
gives 0 ctl add recv:drop:times=1
echo >&7
ends 0
[ "$(cat "$dir/hammer.out")" = ready ] || problem "$(cat "$dir/hammer.out")"
told "; rule 2 'recv:drop:times=1' did nothing: refused"
claim "what the program was told before a rule came stays true"

# The fast path: without a rule not one call is looked at, before the first and (but for what makes and ends sockets)
# after the last one.
hammer
gives 0 ctl add 'nobody/recv:short=1'
gives 0 ctl remove 1
before=$(ctl stats | sed -n 's/^\([0-9]*\) calls.*/\1/p')
gives 0 ctl stats
after=$(sed -n 's/^\([0-9]*\) calls.*/\1/p' "$dir/out")
[ $((after - before)) -lt 20 ] || problem "got $((after - before)) calls looked at without a rule, expected a few at most"
end_hammer 0
claim "without rules the program is as fast as before"

exec 7<&-
