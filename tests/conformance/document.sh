#!/bin/bash
# Prints docs/fault-model.md: its head, then the tables of `sockfault list model --markdown`, each row with what shows it.
set -eu
cd "$(dirname "$0")/../.."
cat docs/fault-model.head.md
build/sockfault list model --markdown | awk '
    FNR == NR {
        if (/^#/ || NF == 0 || $2 == "refused") next
        if ($2 != "cannot") {twin[$1] = "twin"; next}
        why = $4
        for (i = 5; i <= NF; i++) why = why " " $i
        if (!($1 in twin)) twin[$1] = "page alone (" $3 "): " why
        next
    }
    /^\| row \|/ {print $0 " shown by |"; rows = 1; next}
    rows && /^\|---/ {print $0 "---|"; next}
    rows && /^\| `/ {name = $2; gsub(/`/, "", name); print $0 " " twin[name] " |"; next}
    {rows = 0; print}' tests/conformance/rows.txt -
