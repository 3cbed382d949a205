#!/bin/bash
# Sweeps every scenario of examples/third-party, one after the other, unattended, and prints the sum of each: `make sweep-third-party`. What is
# told of them is in docs/findings.md. Each has BUDGET (default 5min). The reports are left in build/sweep/third-party.
set -u
sockfault=${SOCKFAULT:-build/sockfault} to=build/sweep/third-party
mkdir -p "$to"
for scenario in examples/third-party/*.yaml; do
    name=$(basename "$scenario" .yaml)
    more=()
    case $name in redis | openssl) more=(--only '!*:silence*') ;; esac # no timeouts, or timers of the kernel's
    "$sockfault" sweep --tier all --budget "${BUDGET:-5min}" --records "$to/records" "${more[@]}" "$scenario" >"$to/$name.txt" 2>"$to/$name.err"
    printf '%-10s status %d  %s\n' "$name" $? "$(grep -h ' experiments, ' "$to/$name.txt" || tail -n 1 "$to/$name.err")"
done
