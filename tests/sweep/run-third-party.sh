#!/bin/bash
# A program that is not ours: wget survives every fault at every place, and three sweeps of it say the same. TAP; the last line is the
# sum. Run it in the root of the project, after `make deps-third-party`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
scenario=examples/third-party/wget.yaml
if "$sockfault" run "$scenario" 2>/dev/null | grep -q ' 1 skipped'; then
    echo "ok 1 - wget survives # SKIP wget or nginx is not there"
    printf '1..1\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi
for i in 1 2 3; do
    gives 0 "$sockfault" sweep --in wget --records "$dir/records" "$scenario"
    grep '^DEFECT' "$dir/out" >"$dir/verdicts$i"
    like out '^[0-9]+ places, [0-9]+ experiments, 0 defects '
    holds "a sweep says the same as the first" cmp "$dir/verdicts1" "$dir/verdicts$i"
done
claim "wget survives whatever befalls it, three times"
closing
