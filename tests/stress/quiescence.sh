#!/bin/bash
# Correct programs hang never, and their clock is advanced only while they wait: every experiment of scenarios/,
# over and over, by virtual and by real time in turns, while other things keep the processors busy.
#
#   quiescence.sh [COUNT]     at least so many experiments; 20000
#   SCENARIOS='FILE...'       others than scenarios/
#   RUN='ARGUMENT...'         for `sockfault run`: -j2
#   KEEP=FOLDER               leave the numbers there
#
# Two rounds come first without the others, one by each clock. Where no experiment of a scenario had its clock
# advanced since a program waited, none may have it later, unless the programs have timers of their own or are late by
# design; and nowhere may it be advanced by more than the experiment takes in real time.
# The last line is `N experiments, N hang, N timeout, N otherwise failed, N advanced wrongly; ...`; the exit
# status is 0 where all but the first number are 0. Started in the root of the tree.
set -u
here=$(dirname "$0")
# shellcheck source=tests/stress/burners.sh
. "$here/burners.sh"
count=${1:-20000}
sockfault=${SOCKFAULT:-build/sockfault}
limit=10800 # seconds: what burns ends by then, whatever becomes of us
work=${KEEP:-$(mktemp -d)}
run=

finish() {
    [ -z "$run" ] || kill "$run" 2>/dev/null
    burn_no_more
    [ -n "${KEEP:-}" ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# round CLOCK: each experiment once more; a line of each to the numbers
round() {
    local files
    # Where a scenario takes minutes by its clock, that one has to be virtual.
    mapfile -t files < <(if [ "$1" = real ]; then grep -rL --include='*.yaml' '^time: virtual' "${scenarios[@]}"; else
        printf '%s\n' "${scenarios[@]}"; fi)
    rm -f "$work/json"
    # shellcheck disable=SC2086 # words
    "$sockfault" run --quiet --time "$1" --timeout 2min --report json="$work/json" ${RUN:-} "${files[@]}" >"$work/log" 2>&1 &
    run=$!
    wait "$run"
    run=
    awk -v clock="$1" -v round="$rounds" -f "$here/experiments.awk" "$work/json" >"$work/round"
    cat "$work/round" >>"$work/numbers"
    done_so_far=$((done_so_far + $(wc -l <"$work/round")))
    [ -s "$work/round" ] || { cat "$work/log"; exit 2; }
    grep -v "$(printf '\t')pass$(printf '\t')" "$work/round" >"$work/bad" && cat "$work/log" >>"$work/failures"
    rounds=$((rounds + 1))
    echo "round $rounds ($1): $done_so_far experiments so far, $(wc -l <"$work/bad") of this round did not pass"
}

# shellcheck disable=SC2206 # words
scenarios=(${SCENARIOS:-scenarios})
mkdir -p "$work" && : >"$work/numbers" && : >"$work/failures"
done_so_far=0 rounds=0
round virtual
round real
burn "$limit"
while [ "$done_so_far" -lt "$count" ]; do
    round virtual
    [ "$done_so_far" -ge "$count" ] || round real
done
[ ! -s "$work/failures" ] || head -n 200 "$work/failures"
grep -rlE --include='*.yaml' 'delay|pause|rate|^needs:' "${scenarios[@]}" >"$work/awake"
awk -v awake="$work/awake" -f "$here/judge.awk" "$work/numbers"
