#!/bin/sh
# Runs every scenario of this folder three times over: with the broken program, which has to fail in the way that
# expected.txt says; with the same program built with -DFIXED, which has to pass; and with the broken one and no
# faults, which has to pass too, or the bug could be seen without Sockfault. TAP; the last line is the sum.
# Run it in the root of the project, after `make check-programs`.
set -u
here=tests/broken
sockfault=${SOCKFAULT:-build/sockfault}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# variant NAME KIND PROGRAM: the scenario under the name "NAME KIND", with another program; reads and writes text
variant() {
    sed "s#^scenario: .*#scenario: $1 $2#; s#build/tests/broken/$1\\([],]\\)#build/tests/broken/$3\\1#"
}

without_faults() {
    awk '/^[a-z]/ {faults = /^faults:/} !faults'
}

for scenario in "$here"/*.yaml; do
    name=$(basename "$scenario" .yaml)
    variant "$name" broken "$name" <"$scenario" >"$dir/$name-1-broken.yaml"
    variant "$name" fixed "$name-fixed" <"$scenario" >"$dir/$name-2-fixed.yaml"
    variant "$name" free "$name" <"$scenario" | without_faults >"$dir/$name-3-free.yaml"
done
"$sockfault" run --report tap="$dir/tap" --quiet "$dir" >"$dir/log" 2>&1
if [ ! -s "$dir/tap" ]; then
    cat "$dir/log"
    echo '0 passed, 1 failed'
    exit 1
fi
for file in "$here"/*.c "$here"/*.yaml; do
    basename "${file%.*}"
done | sort -u >"$dir/programs"
awk -f "$here/check.awk" "$here/expected.txt" "$dir/programs" "$dir/tap"
