# shellcheck shell=bash disable=SC2016,SC2154  # $… in '…' is for the shell under test; $dir comes from lib.sh
# `sockfault wrap` and signals: what reaches the program, and that all is cleaned up, whoever dies first.

# begin COMMAND...: in the background, in a process group of its own; $pid. The program says "ready" on stdout. What is
# in the background of a script has ^C ignored, which no shell can undo; env can.
begin() {
    rm -f "$dir/out"
    set -m
    env --default-signal=INT,QUIT,HUP,TERM "$sockfault" wrap "$@" >"$dir/out" 2>"$dir/err" &
    pid=$!
    set +m
    started+=("$pid")
    within 10 grep -q ready "$dir/out" || problem "the program did not start"
}

loop='echo "ready $SOCKFAULT_BOARD"; while :; do sleep 0.01; done'
board() { sed -n 's/^ready //p' "$dir/out"; }

begin -- sh -c "trap 'echo caught; exit 3' INT; $loop"
kill -INT "-$pid"
ends 3
out caught
like err '^sockfault: [0-9]+ calls?'
holds "the folder is removed" missing "$(dirname "$(board)")"
claim "^C is the program's; wrap tells what was seen"

begin -- sh -c "$loop"
kill -INT "-$pid"
ends 130
claim "a program that ^C ends gives 130"

for signal in TERM HUP USR1 USR2; do
    begin --quiet -- sh -c "trap 'echo caught $signal; exit 4' $signal; $loop"
    kill "-$signal" "$pid"
    ends 4
    out "caught $signal"
done
claim "what is sent to wrap is passed on"

gives 0 sh -c "trap '' HUP INT; exec '$sockfault' wrap --quiet -- sh -c 'kill -HUP \$\$; kill -INT \$\$; echo alive'"
out alive
claim "signals that were ignored stay so in the program"

gives 0 wrap --quiet -- sh -c 'grep -E "^Sig(Blk|Ign)" /proc/self/status'
cp "$dir/out" "$dir/wrapped"
gives 0 sh -c 'grep -E "^Sig(Blk|Ign)" /proc/self/status'
holds "mask and dispositions are the caller's" cmp "$dir/out" "$dir/wrapped"
claim "the program starts with the signals as the caller has them"

begin -- sh -c "sh -c 'echo child \$\$; exec sleep 1000' & env -i sleep 1000 & echo ready \$SOCKFAULT_BOARD; wait"
within 10 grep -q child "$dir/out" || problem "the grandchild did not start"
within 10 sh -c "[ \"\$(pgrep -cP '$(pgrep -P "$pid" -x sh)')\" = 2 ]" || problem "not both grandchildren are there"
mapfile -t family < <(pgrep -P "$pid" -x sh; pgrep -P "$(pgrep -P "$pid" -x sh)")
[ ${#family[@]} = 3 ] || problem "got ${#family[@]} processes, expected 3"
kill -KILL "$pid"
ends 137
for member in "${family[@]}"; do
    within 10 gone "$member" || problem "process $member lives on"
done
within 10 missing "$(dirname "$(board)")" || problem "the folder is still there"
claim "SIGKILL of wrap leaves no process and no folder"

begin --quiet -- sh -c 'sleep 1000 >/dev/null 2>&1 & echo "ready $SOCKFAULT_BOARD"; echo "daemon $!"'
ends 0
daemon=$(sed -n 's/^daemon //p' "$dir/out")
started+=("$daemon")
holds "the daemon lives" test -e "/proc/$daemon"
holds "the folder is removed" missing "$(dirname "$(board)")"
kill -KILL "$daemon"
claim "a daemon that the program leaves behind is left alone"

gives 0 timeout 20 "$sockfault" wrap --trace="$dir/trace" -- sh -c \
    'while :; do echo >/dev/null; done & echo "daemon $!"; while :; do read -r line || exit 0; done </etc/passwd'
daemon=$(sed -n 's/^daemon //p' "$dir/out")
kill -KILL "$daemon" || problem "the daemon does not live"
claim "a daemon that goes on calling does not hold up the trace"

begin -- sh -c "$loop"
kill -TSTP "-$pid"
within 10 sh -c "grep -q '^State:.*stopped' /proc/$pid/status" || problem "wrap did not stop"
kill -CONT "-$pid"
within 10 sh -c "! grep -q '^State:.*stopped' /proc/$pid/status" || problem "wrap did not go on"
kill -TERM "$pid"
ends 143
claim "stop and continue go through to both"

mkfifo "$dir/go"
begin --trace="$dir/trace" -- sh -c "echo ready; read -r _ <'$dir/go'; exec '$reference/client' --domain unix \
    --path '$dir/socket' --repeat 20000 hello"
program=$(pgrep -P "$pid" -x sh)
kill -STOP "$pid"
echo >"$dir/go"
within 20 gone "$program" || problem "the program did not end"
kill -CONT "$pid"
ends 0
calls=$(sed -n 's/^sockfault: \([0-9]*\) calls.*/\1/p' "$dir/err")
lost=$(sed -n 's/^(\([0-9]*\) lines lost: .*/\1/p' "$dir/trace")
lines=$(grep -vc '^(' "$dir/trace")
[ "${lost:-0}" -gt 0 ] || problem "nothing was lost: this shows nothing"
[ "$((lines + ${lost:-0}))" = "$calls" ] || problem "got $lines lines and $lost lost, expected $calls in all"
like err "; $lost lines of the trace were lost: the program was faster\$"
claim "a trace that was too slow says how much it lost"

# A reader of the program's output must not wait for anything of ours.
gives 0 sh -c "'$sockfault' wrap --quiet -- echo word | cat"
out word
claim "no process of ours holds the output open"
