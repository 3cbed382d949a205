# shellcheck shell=bash disable=SC2016,SC2154  # $… in '…' is for the shell under test; $dir comes from lib.sh
# `sockfault wrap`: as env(1), and what it tells.

wrap() { "$sockfault" wrap "$@"; }

gives 0 wrap -- true
gives 7 wrap -- sh -c 'exit 7'
gives 137 wrap -- sh -c 'kill -KILL $$'
gives 143 wrap -- sh -c 'kill -TERM $$'
gives 7 wrap sh -c 'exit 7'
claim "wrap ends with the status of its program, 128 + N for signal N"

printf 'exit 0\n' >"$dir/text" && chmod +x "$dir/text"
printf '#!/nonexistent/sh\n' >"$dir/orphan" && chmod +x "$dir/orphan"
touch "$dir/plain"
gives 127 wrap -- no-such-program
gives 127 wrap -- "$dir/no-such-program"
gives 127 wrap -- ''
gives 127 wrap -- "$dir/orphan"
like err "its interpreter '/nonexistent/sh' is not there"
gives 126 wrap -- "$dir/plain"
gives 126 wrap -- "$dir"
gives 126 wrap -- "$dir/text"
like err 'neither an ELF program nor a script'
claim "127 for what is not there, 126 for what cannot be executed"

printf '#!/usr/bin/env -S A=1 sh -u\necho "$A $1"; exit 5\n' >"$dir/script" && chmod +x "$dir/script"
gives 5 wrap --quiet -- "$dir/script" word
out '1 word'
silent err
(cd "$dir" && gives 5 wrap -- ./script && PATH=$dir:$PATH gives 5 wrap -- script) ||
    problem "not found relative to the current directory, or in PATH"
claim "scripts run, by what their first line names"

printf 'int main(void) { return 0; }\n' >"$dir/static.c"
if ${CC:-cc} -static -o "$dir/static" "$dir/static.c" 2>/dev/null; then
    printf '#!%s/static\n' "$dir" >"$dir/static-script" && chmod +x "$dir/static-script"
    gives 125 wrap -- "$dir/static"
    like err '^sockfault: .*/static: error: the shim cannot be loaded: it is statically linked'
    gives 125 wrap -- "$dir/static-script"
    like err 'statically linked'
    claim "a static program is refused, with the reason"
else
    without "a static program is refused, with the reason" "no static C library"
fi

if [ "$(id -u)" = 0 ]; then
    cp "$(type -P true)" "$dir/suid" && chown 1:1 "$dir/suid" && chmod 4755 "$dir/suid"
    gives 125 wrap -- "$dir/suid"
    like err 'it is set-uid'
    chown 0:0 "$dir/suid" && chmod 4755 "$dir/suid"
    gives 0 wrap -- "$dir/suid"
    claim "a set-uid program of somebody else is refused, one's own is not"
else
    without "a set-uid program of somebody else is refused, one's own is not" "not root"
fi

gives 0 wrap -- sh -c 'cat; echo problem >&2' < <(printf 'in\n')
out in
err problem
like err '^sockfault: [0-9]+ calls?, [0-9]+ connections?$'
[ "$(wc -l <"$dir/out")" = 1 ] || problem "stdout holds more than the program wrote"
gives 0 wrap --quiet -- sh -c 'echo out; echo problem >&2'
[ "$(cat "$dir/err")" = problem ] || problem "--quiet: stderr holds more than the program wrote"
gives 0 wrap --quiet -- sh -c 'cut -d " " -f 5 /proc/$$/stat; cut -d " " -f 5 /proc/$PPID/stat'
[ "$(sort -u "$dir/out" | wc -l)" = 1 ] || problem "the process group is not the caller's"
claim "stdin, stdout, stderr and the process group are the caller's"

gives 0 env LD_PRELOAD=libm.so.6 SOCKFAULT=x SOCKFAULT_PROCESS=y SOCKFAULT_TRACE=z "$sockfault" wrap --quiet -- env
out "LD_PRELOAD=$shim:libm.so.6"
like out '^SOCKFAULT_BOARD=/.*/board$'
[ "$(grep -c '^SOCKFAULT' "$dir/out")" = 1 ] || problem "more of SOCKFAULT_* than the board came through"
claim "the environment holds the shim before what was preloaded, and the board"

gives 0 wrap --quiet -- sh -c 'echo "$SOCKFAULT_BOARD"; stat -c %a "$SOCKFAULT_BOARD" "${SOCKFAULT_BOARD%/*}"'
[ "$(tail -n +2 "$dir/out" | tr '\n' ' ')" = '600 700 ' ] || problem "modes: got $(tail -n +2 "$dir/out" | tr '\n' ' ')"
holds "the folder is removed" missing "$(dirname "$(head -n 1 "$dir/out")")"
claim "the board is private and removed afterwards"

"$reference/server" --domain unix --path "$dir/socket" --model fork >/dev/null 2>&1 &
started+=($!)
within 10 test -S "$dir/socket" || problem "the reference server does not listen"
client=("$reference/client" --domain unix --path "$dir/socket")
gives 0 wrap --fault 'receive:short=1' -- "${client[@]}" hello
out hello
like err "^sockfault: [0-9]+ calls looked at, 1 connection; rule 1 'receive:short=1' fired [0-9]+ times\$"
gives 0 wrap --trace="$dir/trace" --fault 'receive:short=1' -- "${client[@]}" hello
like err "^sockfault: [0-9]+ calls, 1 connection; rule 1"
gives 0 wrap --fault 'receive:short=1:when=2' -- "${client[@]}" hello
like err "; rule 1 'receive:short=1:when=2' fired 1 time\$"
gives 0 wrap --fault 'nobody/receive:short=1; client/send:delay=1ms' -- "${client[@]}" hello
like err "; rule 1 'nobody/receive:short=1' did nothing: no program 'nobody' was seen; rule 2 '.*' fired 1 time"
gives 0 wrap --fault 'receive:error=ETIMEDOUT' --fault 'receive:short=4095:when=9' -- "${client[@]}" hello
like err "rule 1 'receive:error=ETIMEDOUT' did nothing: refused [0-9]+ times? \(the socket is not TCP\)"
like err "rule 2 .* did nothing: [0-9] calls? matched, and 'when' begins later"
claim "one line tells what was seen and what each rule did"

why() {
    gives 0 wrap --fault "$1" -- "${client[@]}" hello
    like err "did nothing: $2\$"
}
why 'connect:error=ECONNREFUSED:conn=2..3' 'of 1 such call none matched conn=2\.\.3 \(connections there were: 1\)'
why 'receive:reset:match=nothing' 'of [0-9]+ such calls? none matched match \(no data completed it\)'
why 'receive:reset:after=100s' 'of [0-9]+ such calls? none matched its window of time, which begins after 100 s'
why 'receive:rate=1000MiB/s' '[0-9]+ calls? matched, and none came before its time: it was never that fast'
why 'accept:reset' 'no such call was made \(--trace shows what it calls\)'
gives 0 wrap --fault 'receive:reset' -- cat "$dir/err"
like err 'did nothing: of [0-9]+ such calls? none matched: none was on a socket$'
claim "where no call matched, the selector that kept them away is told"

gives 0 wrap --require-fired --fault 'receive:short=1' -- "${client[@]}" hello
gives 125 wrap --quiet --require-fired --fault 'receive:short=1;accept:reset' -- "${client[@]}" hello
out hello
err "--fault#1:1:1: error: got 'accept:reset' fired 0 times, expected at least 1: no such call was made (--trace shows what it calls)"
gives 125 wrap --require-fired --fault 'receive:short=1;accept:reset' -- "${client[@]}" hello
[ "$(grep -c 'accept:reset' "$dir/err")" = 1 ] || problem "the rule that did nothing is told more than once"
claim "--require-fired makes a rule that did nothing a failure"

# A sanitizer's runtime stands between program and shim: the site is its.
site='[a-z_0-9]+\.c:[0-9]+'
if grep -q __interceptor_recv "$reference/client"; then site='[^ ].*'; fi
gives 0 wrap --trace="$dir/trace" -- "${client[@]}" --repeat 20000 hello
calls=$(sed -n 's/^sockfault: \([0-9]*\) calls.*/\1/p' "$dir/err")
lines=$(wc -l <"$dir/trace")
[ "$calls" = "$lines" ] || problem "got $lines lines in the trace, expected one for each of $calls calls"
[ "$lines" -gt 40000 ] || problem "got $lines lines in the trace, expected more than 40000"
cp "$dir/trace" "$dir/out"
like out '^[0-9.]+ client [0-9]+ connect\(3(, [^)]*)?\) = 0( <[^>]*>)?  '"$site\$"
like out " recv\([0-9, ]+\) = [0-9]+  $site\$" # a fortified recv is inlined from a header
gives 0 wrap --quiet --trace --fault 'receive:short=3' -- "${client[@]}" hello
like err '^[0-9.]+ client [0-9]+ recv[a-z]*\(3, [0-9]+\) = 3( <[^>]*>)?  \[short=3 \(rule 1\)\]  '"$site\$"
claim "the trace has a line for every call, with fault and source line"

gives 125 wrap --trace=/nonexistent/trace -- touch "$dir/touched"
like err '^sockfault: --trace=/nonexistent/trace: No such file or directory$'
holds "nothing was started" missing "$dir/touched"
gives 0 sh -c "'$sockfault' wrap --trace -- '$reference/client' --domain unix --path '$dir/socket' \
    --repeat 5000 hello 2>&1 >/dev/null | head -n 1"
[ "$(wc -l <"$dir/out")" = 1 ] || problem "head did not get one line"
claim "a trace that cannot be written is told before; one that nobody reads disturbs nothing"

gives 0 wrap --seed 7 --quiet --trace="$dir/one" --fault 'receive:short=1:chance=50%' -- "${client[@]}" -n 50 hello
gives 0 wrap --seed 7 --quiet --trace="$dir/two" --fault 'receive:short=1:chance=50%' -- "${client[@]}" -n 50 hello
gives 0 wrap --seed 8 --quiet --trace="$dir/three" --fault 'receive:short=1:chance=50%' -- "${client[@]}" -n 50 hello
for trace in one two three; do sed -i 's/^[^ ]* client [0-9]* //; s/ <[^>]*>//' "$dir/$trace"; done
holds "the same seed gives the same" cmp "$dir/one" "$dir/two"
cmp -s "$dir/one" "$dir/three" && problem "another seed gives the same"
claim "draws depend on the seed alone"
