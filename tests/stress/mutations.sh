#!/bin/bash
# Takes one sign of rest after the other out of harness and shim, as mutations.txt says, in a copy of the tree, and demands
# that the tests named there fail, and say so with the sign that is named too. TAP; the last line is the sum. Started
# in the root of the tree, after `make`; ONLY=REGEX: those mutations.
set -u
here=tests/stress
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tab=$(printf '\t')
number=0 failed=0

# What is not built anew is newer than what it is built from.
cp -a Makefile .setup shim harness tests reference coverage build "$copy" 2>/dev/null
mkdir "$copy/mutants" "$copy/sound" && cp -a "$copy/harness" "$copy/shim" "$copy/sound"
sed -n 's/^mutation: //p' "$here/mutations.txt" | while read -r name; do
    (cd "$copy" && find harness shim -type d -exec mkdir -p "mutants/$name/{}" \;)
done
awk -v from="$copy/sound" -v to="$copy/mutants" -f tests/mutations/mutate.awk "$here/mutations.txt" >"$copy/plan"

# put FOLDER NAME: the files that the mutation is about, as they are there
put() {
    (cd "$copy/mutants/$2" && find . -type f) | while read -r file; do cp "$1/$file" "$copy/$file"; done
}

# test_of TEST: runs it in the copy, built anew as far as necessary
test_of() {
    (
        cd "$copy" || exit
        if [ "$1" = hang ]; then
            make -s all 2>&1 && LIMIT=10 tests/hang/run.sh 2>&1
        else
            make -s "build/tests/unit/$1" 2>&1 && "build/tests/unit/$1" 2>&1
        fi
    ) </dev/null
}

told() {
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        failed=$((failed + 1))
        echo "not ok $number - $2"
        tail -n 20 "$copy/out" | sed 's/^/# /'
    fi
}

grep -q '^wrong' "$copy/plan" && { cat "$copy/plan" >"$copy/out"; told 1 "the mutations fit"; }
while IFS=$tab read -r _ case test _ sign; do
    name=${case%.*}
    [[ $name =~ ${ONLY:-} ]] || continue
    put "$copy/mutants/$name" "$name"
    status=0
    test_of "$test" >"$copy/out" || status=$?
    [ "$status" != 0 ] && grep -qE -e "$sign" "$copy/out"
    told $? "$name is noticed by $test"
    put "$copy/sound" "$name"
done < <(grep '^caught' "$copy/plan")
echo "$((number - failed)) passed, $failed failed"
[ "$failed" = 0 ] && [ "$number" -gt 0 ]
