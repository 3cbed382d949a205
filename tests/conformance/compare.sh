#!/bin/bash
# compare.sh WORK ROW PROGRAM EVENT VARIANT RULE: one twin. Prints its line of the table, and below it where the real
# event and the injected one differ. WORK is a folder for what the programs print.
set -u
work=$1 row=$2 program=$3 event=$4 variant=$5 rule=$6
twin=$(printf '%-32s %-10s %-26s %-10s' "$row" "$program" "$event" "$variant")
files=$work/$(printf '%s' "$row.$event.$variant.$rule" | cksum | cut -d' ' -f1)
rule=$(sed -E 's/@([0-9.+]+)/fd=90:scope=connection:when=\1/g' <<<"$rule")

# what HOW: one side of the comparison; its status is left in $files.HOW.status
what() {
    local status=0
    timeout 60 "build/tests/conformance/$program" "$event" "$variant" "$1" ${TWIN_DEPTH:+"$TWIN_DEPTH"} \
        >"$files.$1" 2>&1 </dev/null || status=$?
    echo $status >"$files.$1.status"
}
status() { cat "$files.$1.status"; }

what real
if [ "$(status real)" = 77 ]; then
    echo "skip   $twin $(sed -n 's/^# //p' "$files.real" | tail -n 1)"
    exit
fi
LD_PRELOAD=$TWIN_PRELOAD SOCKFAULT=$rule what injected

# without NAME...: both sides less these observations; prints where they then differ
without() {
    local edit=
    for at; do edit="$edit;s/ $at=[^ ]*//g"; done
    diff <(sed -E "$edit" "$files.real") <(sed -E "$edit" "$files.injected")
}

mapfile -t accepted < <(awk -v row="$row" -v event="$event" -v variant="$variant" \
    '!/^#/ && $1 == row && $2 == event && ($3 == "*" || $3 == variant) {print $4}' tests/conformance/differences.txt)
for at in "${accepted[@]}"; do
    mapfile -t others < <(printf '%s\n' "${accepted[@]}" | grep -vxF "$at")
    if without "${others[@]}" >/dev/null; then
        echo "not ok $twin $at is in differences.txt and does not differ"
        exit
    fi
done

if [ "$(status real)" != 0 ] || [ "$(status injected)" != 0 ] || [ ! -s "$files.real" ]; then
    echo "not ok $twin status $(status real) for real, $(status injected) injected"
    sed 's/^#* */#   real      /' "$files.real" | tail -n 3
    sed 's/^#* */#   injected  /' "$files.injected" | tail -n 3
elif without "${accepted[@]}" >"$files.diff"; then
    echo "ok     $twin equal, $(wc -l <"$files.real") sequences${accepted[*]:+, but for ${accepted[*]} (differences.txt)}"
else
    echo "not ok $twin differs in $(grep -c '^<' "$files.diff") of $(wc -l <"$files.real") sequences (< real, > injected)"
    sed 's/^/#   /' "$files.diff" | head -n "${TWIN_LINES:-9}"
    echo "#   again: LD_PRELOAD=$TWIN_PRELOAD SOCKFAULT='$rule' build/tests/conformance/$program $event $variant injected"
fi
