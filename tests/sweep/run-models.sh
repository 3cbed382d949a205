#!/bin/bash
# The reference pair survives every fault of every tier, in all its models and domains; SHARD=I/N: a share of the trials. TAP;
# the last line is the sum. Run it in the root of the project, after `make`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
shard=${SHARD:-all}
share=(--shard "$shard")
[ "$shard" != all ] || share=()

# survives TYPE EXPERIMENTS: as many, in that many models and domains
survives() {
    gives 0 "$sockfault" sweep --tier all "${share[@]}" --records "$dir/records" "tests/sweep/models/$1.yaml"
    sed -n '/^DEFECT/,/^    repeat/p' "$dir/out" | sed 's/^/# /'
    local swept
    swept=$(grep -c ' places, .* in [0-9.]* m\{0,1\}s$' "$dir/out")
    [ "$swept" = "$2" ] || problem "got $swept sweeps, expected $2"
    like out '^[1-9][0-9]* passed, 0 failed$'
    ! grep -q 'seen once' "$dir/out" || problem "what was seen once: $(grep 'seen once' "$dir/out")"
    claim "over $1 in all models and domains ($shard): $(tail -n 1 "$dir/out")"
}

survives stream 48
survives dgram 16
survives seqpacket 24
closing
