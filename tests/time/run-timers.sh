#!/bin/bash
# Timers: the programs of this folder that set some, by themselves and under the shim in real time with short units,
# and in virtual time with units of a hundred seconds. TAP; the last line is `N passed, N failed`. Started in the root
# of the tree.
set -u
number=0 passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok() {
    echo "ok $((++number)) - $1"
    passed=$((passed + 1))
}

# not_ok CLAIM FILE: what the file holds says why
not_ok() {
    echo "not ok $((++number)) - $1"
    failed=$((failed + 1))
    sed 's/^#* */# /' "$2" | head -n 40
}

# Those that a program ends with by itself have no case of their own.
cases() { grep -o '{"[a-z-]*", [a-z_]*}' "tests/time/$1.c" | cut -d '"' -f 2 | grep -v '^after-'; }

# scenario PROGRAM UNIT TIMEOUT CASE...: one experiment a case
scenario() {
    local program=$1 unit=$2 timeout=$3
    shift 3
    cat <<END
scenario: $program
matrix:
  case: [$(printf '%s\n' "$@" | paste -sd ,)]
timeout: $timeout
processes:
  program:
    run: [build/tests/time/$program, "\${case}"]
    env: {UNIT_MS: "$unit"}
expect:
  program: {exit: 0, stdout: ""}
END
}

# plain PROGRAM UNIT CASE...: all at once, their ends in $work/plain-CASE; what they write in $work/out-CASE. A signal
# that comes before the pause() that is to wait for it leaves one there for ever.
plain() {
    local program=$1 unit=$2 case
    shift 2
    for case; do
        (
            UNIT_MS=$unit timeout $((unit / 5)) "build/tests/time/$program" "$case" >"$work/out-$case" 2>&1
            echo $? >"$work/plain-$case"
        ) &
    done
    wait
}

# run TIME PROGRAM UNIT TIMEOUT CASE...: adds what comes of them to $work/TIME.tap
run() {
    local time=$1
    shift
    scenario "$@" >"$work/$time.yaml"
    build/sockfault run -j 20 --time "$time" --report tap "$work/$time.yaml" >>"$work/$time.tap" 2>&1
}

is_ok() {
    if [ "$1" = plain ]; then [ "$(cat "$work/plain-$2" 2>/dev/null)" = 0 ]
    else grep -q "^ok .*\[case=$2\]" "$work/$1.tap"; fi
}

# not_yet TIME CASE...: those that have not passed
not_yet() {
    local time=$1 case
    shift
    for case; do
        is_ok "$time" "$case" || printf '%s\n' "$case"
    done
}

for program in alarms timers timerfds; do
    mapfile -t all < <(cases $program)
    rm -f "$work"/plain-* && : >"$work/real.tap" && : >"$work/virtual.tap"
    # In real time lateness is the machine's matter: what fails is tried with longer units, up to 200 of which it gets.
    for unit in 100 500 2500; do
        mapfile -t left < <(not_yet plain "${all[@]}")
        [ ${#left[@]} = 0 ] || plain $program $unit "${left[@]}"
        mapfile -t left < <(not_yet real "${all[@]}")
        [ ${#left[@]} = 0 ] || run real $program $unit $((unit / 5))s "${left[@]}"
    done
    for case in "${all[@]}"; do
        if is_ok plain "$case"; then ok "$program $case, without the shim"
        else not_ok "$program $case, without the shim" "$work/out-$case"; fi
    done
    begin=$(date +%s%N)
    run virtual $program 100000 60s "${all[@]}"
    took=$((($(date +%s%N) - begin) / 1000000))
    for time in real virtual; do
        for case in "${all[@]}"; do
            if is_ok $time "$case"; then ok "$program $case, $time time"
            else
                sed -n "/^not ok .*\[case=$case\]/,/^  \.\.\./p" "$work/$time.tap" >"$work/out"
                not_ok "$program $case, $time time" "$work/out"
            fi
        done
    done
    # Not one of them could even have waited for its first unit, however slow the machine is.
    if [ "$took" -lt 90000 ]; then ok "$program: virtual time takes no time"
    else
        echo "it took $took ms" >"$work/out"
        not_ok "$program: virtual time takes no time" "$work/out"
    fi
done

echo "1..$number"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
