#!/bin/bash
# Timers: the programs of this folder that set some, by themselves and under the shim in real time with short units,
# and in virtual time with units of ten seconds. TAP; the last line is `N passed, N failed`. Started in the root of the
# tree.
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

# scenario PROGRAM UNIT: one experiment a case
scenario() {
    cat <<END
scenario: $1
matrix:
  case: [$(cases "$1" | paste -sd ,)]
timeout: 60s
processes:
  program:
    run: [build/tests/time/$1, "\${case}"]
    env: {UNIT_MS: "$2"}
expect:
  program: {exit: 0, stdout: ""}
END
}

# plain PROGRAM UNIT CASE...: all at once, their ends in $work/plain-CASE; what they write in $work/out-CASE
plain() {
    local program=$1 unit=$2 case
    shift 2
    for case; do
        (
            UNIT_MS=$unit "build/tests/time/$program" "$case" >"$work/out-$case" 2>&1
            echo $? >"$work/plain-$case"
        ) &
    done
    wait
}

# run TIME PROGRAM UNIT: all of its cases, into $work/TIME.tap
run() {
    scenario "$2" "$3" >"$work/$1.yaml"
    build/sockfault run -j 20 --time "$1" --report tap "$work/$1.yaml" >"$work/$1.tap" 2>&1
}

is_ok() { grep -q "^ok .*\[case=$2\]" "$work/$1.tap"; }

# In real time lateness is the machine's matter: what fails is tried once more with units five times as long.
for program in alarms timers timerfds; do
    mapfile -t all < <(cases $program)
    plain $program 100 "${all[@]}"
    for case in "${all[@]}"; do
        [ "$(cat "$work/plain-$case")" = 0 ] || plain $program 500 "$case"
        if [ "$(cat "$work/plain-$case")" = 0 ]; then ok "$program $case, without the shim"
        else not_ok "$program $case, without the shim" "$work/out-$case"; fi
    done
    run real $program 100 || run real $program 500
    begin=$(date +%s%N)
    run virtual $program 10000
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
    # Not one of them could even have waited for its first second.
    if [ "$took" -lt 9000 ]; then ok "$program: virtual time takes no time"
    else
        echo "it took $took ms" >"$work/out"
        not_ok "$program: virtual time takes no time" "$work/out"
    fi
done

echo "1..$number"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
