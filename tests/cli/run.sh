#!/bin/bash
# What the command line promises: exit statuses, streams, signals, and that nothing is left behind. TAP, then
# `N passed, N failed`. Run it in the root of the project, after `make`.
# shellcheck disable=SC1091,SC2154  # what is read in, and what it sets
set -u
. "${BASH_SOURCE%/*}/lib.sh"
. "${BASH_SOURCE%/*}/wrap.sh"
. "${BASH_SOURCE%/*}/wrap_signals.sh"
. "${BASH_SOURCE%/*}/ctl.sh"
. "${BASH_SOURCE%/*}/scenarios.sh"
. "${BASH_SOURCE%/*}/peers.sh"
. "${BASH_SOURCE%/*}/clock.sh"
. "${BASH_SOURCE%/*}/verdicts.sh"
. "${BASH_SOURCE%/*}/manual.sh"

gives 0 "$sockfault" --version
like out '^sockfault [0-9]+\.[0-9]+\.[0-9]+$'
gives 0 "$sockfault" --help
like out '^  wrap  '
silent err
gives 2 "$sockfault"
silent out
claim "--version and --help write to stdout, a missing command is an error"

gives 3 sh -c "'$sockfault' --help >/dev/full"
claim "help that could not be written is no success"

gives 0 "$sockfault" doctor
out "ok  preloading         $shim"
[ "$(grep -cvE '^(ok|no|--)  ?[a-zA-Z]' "$dir/out")" = 0 ] || problem "doctor: a line without ok, no or --"
gives 3 env SOCKFAULT_SHIM=/nonexistent.so "$sockfault" doctor
like out '^no  preloading .*SOCKFAULT_SHIM is /nonexistent.so'
gives 2 "$sockfault" doctor aches
err "sockfault doctor: got 'aches', expected no argument"
claim "doctor really loads the shim, and fails without it"

mkdir -p "$dir/usr/bin" "$dir/usr/lib/sockfault" "$dir/a b:c"
cp "$sockfault" "$dir/usr/bin"
gives 125 "$dir/usr/bin/sockfault" wrap -- true
like err 'the shim is not there'
like err "usr/bin/../lib/libsockfault.so"
cp "$shim" "$dir/usr/lib"
gives 0 "$dir/usr/bin/sockfault" wrap -- true
mv "$dir/usr/lib/libsockfault.so" "$dir/usr/lib/sockfault"
gives 0 "$dir/usr/bin/sockfault" wrap -- true
cp "$shim" "$dir/a b:c/libsockfault.so"
gives 0 env SOCKFAULT_SHIM="$dir/a b:c/libsockfault.so" "$sockfault" wrap -- true
claim "the shim is found where it is installed, and under a name that LD_PRELOAD cannot hold"

gives 0 "$sockfault" list faults
[ "$(grep -c "^error=ERRNO: " "$dir/out")" = 1 ] || problem "list faults does not tell of error=ERRNO once"
rules=$(sed -n 's/^    \([a-z/]*:[^ ]*\)  .*/\1/p' "$dir/out")
[ "$(wc -w <<<"$rules")" = 2 ] || problem "got the examples '$rules', expected two"
for rule in $rules; do gives 0 "$sockfault" wrap --quiet --fault "$rule" -- true; done
gives 0 "$sockfault" list faults EMFILE
like out '^  accept +EMFILE '
[ "$(grep -E '^  [a-z]' "$dir/out" | grep -vc EMFILE)" = 0 ] || problem "list faults EMFILE tells of others"
gives 0 "$sockfault" list faults recv
like out '^  receive +EAGAIN '
[ "$(grep -cE '^  (accept|send|connect) ' "$dir/out")" = 0 ] || problem "list faults recv tells of other calls"
claim "list faults begins with how a rule is written, and a word narrows it"

closing
