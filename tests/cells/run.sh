#!/bin/sh
# Every cell of the grammar is tested somewhere, and what is not tested is found out. `run.sh table` prints the table
# alone. The last line is the sum. Run it in the root of the project, after `make check-programs`.
set -u
cells=build/tests/cells/cells
rows=tests/conformance/rows.txt
passed=0 failed=0
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# check CLAIM COMMAND...: what it prints is shown when it fails
check() {
    claim=$1
    shift
    if "$@" >"$dir/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok       $claim"
    else
        failed=$((failed + 1))
        echo "not ok   $claim"
        head -n 40 "$dir/out"
    fi
}

# An offset is another with each compiler: this scenario is written here, for a client without names and lines
# (one that no sanitizer puts its own functions into).
write_scenario() {
    mkdir -p "$dir/scenarios"
    strip -o "$dir/client" build/tests/broken/client-single-read-fixed
    build/sockfault wrap -q --trace="$dir/trace" -- "$dir/client" 1 hello 2>"$dir/said"
    offset=$(sed -n 's/.* connect(.*client+\(0x[0-9a-f]*\)$/\1/p' "$dir/trace")
    [ -n "$offset" ] || cat "$dir/trace" "$dir/said"
    cat >"$dir/scenarios/offset.yaml" <<END
scenario: a fault can be aimed at an offset in a program without names and lines
processes:
  server: {run: [build/reference/server, --protocol, line, --port, "\${port}"], ready: listening}
  client: {run: ["$dir/client", "\${port}", hello], after: server}
faults:
  - {in: client, call: connect, error: ECONNREFUSED, site: client+0x1, fired: 0}
  - {in: client, call: connect, delay: 1ms, site: client+$offset, fired: 1}
expect:
  client: {exit: 0, stdout: "hello\n"}
END
}

# What the baseline tests is nothing: it has no faults.
finds_what_is_missing() {
    $cells scenarios/baseline >"$dir/table"
    [ $? = 1 ] && grep '^MISSING *short  *receive ' "$dir/table" && grep '^MISSING *scope=thread ' "$dir/table" &&
        grep '^ok *short  *accept  *refused$' "$dir/table"
}

write_scenario
if [ "${1:-}" = table ]; then exec $cells scenarios tests/broken $rows "$dir/scenarios"; fi
check "an offset, as a trace tells it, is a place" build/sockfault run "$dir/scenarios"
check "what is not tested is found out" finds_what_is_missing
$cells scenarios tests/broken $rows "$dir/scenarios" >"$dir/table" 2>&1
grep -v ' passed, ' "$dir/table"
tail -n 1 "$dir/table" | awk -v p=$passed -v f=$failed '
    !/ passed, / {$1 = 0; $3 = 1} # it gave up on something
    {print $1 + p " passed, " $3 + f " failed"; exit $3 + f > 0}'
