#!/bin/bash
# Every program of tests/broken is found by a sweep of a scenario without faults, at the right line, and is not once it is
# repaired (planted.txt). TAP; the last line is the sum. Run it in the root of the project, after `make check-programs`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/sweep/bare.sh
. tests/sweep/bare.sh
here=tests/sweep

# swept PROGRAM OPTION...: 0 or 1, whatever else is wrong with it
swept() {
    local name=$1
    shift
    bare "$name" >"$dir/$name.yaml"
    "$sockfault" sweep --in "$(processes_of "$name")" --records "$dir/records" "$@" "$dir/$name.yaml" >"$dir/out" 2>"$dir/err"
    local status=$?
    cat "$dir/err" >>"$dir/out"
    [ $status -le 1 ] || grep -q ': without a fault: ' "$dir/err" || problem "status $status: $(cat "$dir/err")"
}

# Whether it does so without any fault: WHO and how it ends instead.
shows_itself() { grep -q ": without a fault: FAIL: $1: $2" "$dir/err"; }

# lines CALL WHAT: those of the programs that the report in $dir/out says that of
lines() {
    awk -v heading="DEFECT  $2" -v call="$1 in " '
        found && index($0, ", " call) {sub(/^ */, ""); sub(/,.*/, ""); print}
        {found = $0 == heading}' "$dir/out" |
        while IFS=: read -r file line; do sed -n "${line}p" "tests/broken/$file"; done
}

while IFS='|' read -r program call code fault what options; do
    read -r -a more <<<"${options:-}"
    swept "$program" "${more[@]}"
    lines "$call" "$what" | grep -qF -- "$code" || { [ "$program" = server-accept-eagain ] && shows_itself server running; } ||
        problem "no line with '$code' that $what: $(cat "$dir/out")"
    swept "$program-fixed" "${more[@]}" --only "*/$call:$fault *"
    ! lines "$call" "$what" | grep -qF -- "$code" || problem "it does so when it is repaired, too: $(cat "$dir/out")"
    claim "$program: $call, $what"
done < <(sed -e '/^#/d' -e '/^$/d' -e 's/ *| */|/g' "$here/planted.txt")

listed=$(sed -n 's/^\([a-z][a-z-]*\) .*|.*/\1/p' "$here/planted.txt"; echo dgram-client-cut-off; echo dgram-client-trusts-length)
holds "all programs are here" cmp <(sort <<<"$listed") <(cd tests/broken && printf '%s\n' *.c | sed 's/\.c$//' | sort)
claim "every program of tests/broken is looked at"
closing
