#!/bin/bash
# Wrong input, and the exact message for it. Three tables, read from this folder:
#   expressions.txt  a fault expression, below it a caret under the column that is wrong and the message
#   scenarios.txt    `=== NAME`, a scenario file, `---`, what `sockfault check` says about it
#                    (`=\= NAME`: the file is given with printf's escapes)
#   options.txt      `=== STATUS COMMAND LINE`, then what is said on stderr
# Prints TAP and closes with `N passed, N failed`.
set -u
export LC_ALL=C
unset ARGP_HELP_FMT POSIXLY_CORRECT SOCKFAULT
cd "$(dirname "$0")/../.." || exit 2
tables=$PWD/tests/syntax
sockfault=$PWD/build/sockfault
shim=$PWD/build/libsockfault.so
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
number=0 failed=0

# verdict NAME STATUS WANTED-STATUS: compares $dir/got with $dir/wanted
verdict() {
    number=$((number + 1))
    if [ "$2" = "$3" ] && cmp -s "$dir/wanted" "$dir/got"; then
        echo "ok $number - $1"
        return
    fi
    failed=$((failed + 1))
    echo "not ok $number - $1"
    [ "$2" = "$3" ] || echo "# got status $2, expected $3"
    diff -u --label expected --label got "$dir/wanted" "$dir/got" | sed 's/^/# /'
}

# The same expression as an option and from the environment: one grammar, one message.
expression() {
    local text=$1 before=${2%%^*} message=${2#*^ } column status
    column=$((${#before} + 1))
    printf '%s\n' "--fault#1:1:$column: error: $message" "    $text" "    $before^" >"$dir/wanted"
    "$sockfault" wrap --fault "$text" -- true 2>"$dir/got"
    verdict "--fault '$text'" $? 125
    echo "SOCKFAULT:1:$column: error: $message" >"$dir/wanted"
    SOCKFAULT=$text LD_PRELOAD=$shim /bin/true 2>"$dir/got"
    status=$?
    verdict "SOCKFAULT='$text'" $status 125
}

expressions() {
    local text carets
    while IFS= read -r text; do
        case $text in '#'* | '') continue ;; esac
        IFS= read -r carets
        expression "$text" "$carets"
    done <"$tables/expressions.txt"
}

# scenario NAME: $dir/case.yaml and $dir/wanted are there
scenario() {
    (cd "$dir" && "$sockfault" check case.yaml 2>got)
    verdict "$1" $? 2
}

scenarios() {
    local line name='' escaped='' to=/dev/null
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '=== '* | '=\= '*)
            [ -z "$name" ] || scenario "$name"
            name=${line#* } escaped=${line%% *} to=$dir/case.yaml
            : >"$to"
            ;;
        ---)
            to=$dir/wanted
            : >"$to"
            ;;
        *)
            if [ "$escaped" = '=\=' ] && [ "$to" = "$dir/case.yaml" ]; then printf '%b' "$line" >>"$to"
            else printf '%s\n' "$line" >>"$to"; fi
            ;;
        esac
    done <"$tables/scenarios.txt"
    scenario "$name"
}

# options STATUS COMMAND: $dir/wanted is there. The words of the command line are split by the shell.
command_line() {
    eval "set -- $2 --- $1"
    local words=()
    while [ "$1" != --- ]; do words+=("$1") && shift; done
    build/sockfault "${words[@]}" 2>"$dir/got" >"$dir/out"
    verdict "sockfault ${words[*]}" $? "$2"
}

options() {
    local line status='' command=''
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        '=== '*)
            [ -z "$status" ] || command_line "$status" "$command"
            read -r _ status command <<<"$line"
            : >"$dir/wanted"
            ;;
        '#'*) ;;
        *) printf '%s\n' "$line" >>"$dir/wanted" ;;
        esac
    done <"$tables/options.txt"
    command_line "$status" "$command"
}

# Too big to stand in a table.
sizes() {
    local i
    { printf 'scenario: x\nmatrix:\n'; for i in a b c d e; do echo "  $i: [1, 2, 3, 4, 5, 6, 7]"; done
        printf 'processes: {a: {run: [x]}}\nexpect: {}\n'; } >"$dir/case.yaml"
    printf '%s\n' 'case.yaml:3:3: error: got a matrix of more than 10000 combinations, expected fewer' \
        '    3 |   a: [1, 2, 3, 4, 5, 6, 7]' '      |   ^' >"$dir/wanted"
    scenario 'a matrix of 16807 combinations'
    { printf 'scenario: x\nprocesses:\n'; for i in {1..33}; do echo "  p$i: {run: [x]}"; done; echo 'expect: {}'; } \
        >"$dir/case.yaml"
    printf '%s\n' 'case.yaml:35:3: error: got 33 processes, expected at most 32' '   35 |   p33: {run: [x]}' \
        '      |   ^' >"$dir/wanted"
    scenario '33 processes'
    { printf 'scenario: x\nprocesses: {a: {run: [x]}}\nexpect: {}\nfaults:\n'
        for i in {1..65}; do echo "- recv:short=$i"; done; } >"$dir/case.yaml"
    printf '%s\n' 'case.yaml:69:3: error: got 65 faults, expected at most 64' '   69 | - recv:short=65' \
        '      |   ^' >"$dir/wanted"
    scenario '65 faults'
    { echo 'a: &a0 [x, x, x, x, x, x, x, x, x, x]'
        for i in {1..9}; do echo "b$i: &a$i [*a$((i - 1)), *a$((i - 1)), *a$((i - 1)), *a$((i - 1)), *a$((i - 1)), *a$((i - 1))]"; done
    } >"$dir/case.yaml"
    printf '%s\n' 'case.yaml:6:9: error: got more than 100000 values with all aliases followed, expected fewer' \
        '    6 | b5: &a5 [*a4, *a4, *a4, *a4, *a4, *a4]' '      |         ^' >"$dir/wanted"
    scenario 'aliases of aliases of aliases'
    { printf 'scenario: x\nmatrix:\n'
        for i in a b; do echo "  $i: [$(seq -s, 100)]"; done
        # shellcheck disable=SC2016 # the scenario's variable, not the shell's
        printf 'processes: {a: {run: [x]}}\nexpect: {}\nfiles:\n  big: |\n    ${a}\n'
        for i in {1..500}; do printf '    %060d\n' "$i"; done; } >"$dir/case.yaml"
    # shellcheck disable=SC2016 # here too
    printf '%s\n' 'case.yaml:9:1: error: got more than 256 MiB of text in all combinations together, expected less' \
        '    9 |     ${a}' '      | ^' >"$dir/wanted"
    (cd "$dir" && "$sockfault" check case.yaml 2>&1 | head -n 3 >got; exit "${PIPESTATUS[0]}")
    verdict 'a file that is large in each of 10000 combinations' $? 2
    { echo 'scenario: x'; head -c 1048576 /dev/zero | tr '\0' '#'; } >"$dir/case.yaml"
    printf '%s\n' 'case.yaml:2:1048565: error: got more than 1 MiB, expected a scenario' >"$dir/wanted"
    (cd "$dir" && "$sockfault" check case.yaml 2>&1 | head -n 1 >got; exit "${PIPESTATUS[0]}")
    verdict 'more than 1 MiB' $? 2
}

# The schema in docs/ is printed from the table of keys, not written.
schema() {
    cp docs/scenario.schema.json "$dir/wanted"
    build/sockfault list keys --schema >"$dir/got"
    verdict 'docs/scenario.schema.json is what list keys --schema prints' $? 0
}

expressions
scenarios
options
sizes
schema
echo "1..$number"
echo "$((number - failed)) passed, $failed failed"
[ "$failed" = 0 ]
