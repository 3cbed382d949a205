#!/bin/sh
# Takes one loop after the other out of the reference programs, as mutations.txt says, and demands that the
# scenarios named there notice, each with the sign that is named too; with the programs as they are the same
# experiments have to pass. TAP; the last line is the sum. Run it in the root of the project, after `make`.
set -u
here=tests/mutations
sockfault=${SOCKFAULT:-build/sockfault}
cc="${CC:-cc} -std=gnu11 -D_GNU_SOURCE= -g -O1 -w -fno-optimize-sibling-calls -pthread"
patience=3s # for an experiment that is there to fail; one that is there to pass has what it says
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
plan=$dir/plan
tab=$(printf '\t')

# build NAME PROGRAM: NAME/PROGRAM of the object files in NAME, and of those in sound where there are none
build() {
    objects=
    for source in reference/*.c; do
        object=$(basename "$source" .c).o
        case $2:$object in
        client:server*.o | server:client.o) continue ;;
        esac
        [ -f "$dir/$1/$object" ] && object=$1/$object || object=sound/$object
        objects="$objects $dir/$object"
    done
    # shellcheck disable=SC2086 # words
    $cc -o "$dir/$1/$2" $objects
}

# mutant NAME PROGRAM...: compiles and links what the mutation changes; the other program is the sound one
mutant() {
    name=$1
    shift
    (cd "$dir/$name" && $cc -I ../sound -c reference/*.c) || return
    for program; do
        build "$name" "$program" || return
    done
    for program in client server; do
        [ -f "$dir/$name/$program" ] || ln "$dir/sound/$program" "$dir/$name/$program" || return
    done
}

# variant CASE KIND FOLDER SCENARIO: a copy of the scenario, named "CASE KIND", with the programs of the folder
variant() {
    sed "s#^scenario: .*#scenario: $1 $2#; s#build/reference/#$dir/$3/#g" "scenarios/$4" >"$dir/scenarios/$1-$2.yaml"
}

hasten() {
    grep -q '^timeout: ' "$1" || echo "timeout: $patience" >>"$1"
}

wrong() {
    printf 'wrong\t%s\t%s\n' "$1" "$2" >>"$plan"
}

mkdir -p "$dir/sound" "$dir/scenarios"
cp -r reference/. "$dir/sound/reference"
sed -n 's/^mutation: //p' "$here/mutations.txt" | while read -r name; do
    mkdir -p "$dir/$name/reference"
done
awk -v from="$dir/sound" -v to="$dir" -f "$here/mutate.awk" "$here/mutations.txt" >"$plan"

if ! (cd "$dir/sound" && $cc -I . -c reference/*.c) || ! build sound client || ! build sound server; then
    echo '0 passed, 1 failed'
    exit 1
fi
grep '^mutation' "$plan" >"$dir/mutants"
while IFS=$tab read -r _ name programs; do
    # shellcheck disable=SC2086 # words
    mutant "$name" $programs || wrong "$name" 'it does not compile'
done <"$dir/mutants"

set --
grep '^caught' "$plan" >"$dir/cases"
while IFS=$tab read -r _ case scenario glob _; do
    if [ ! -f "scenarios/$scenario" ]; then
        wrong "${case%.*}" "there is no scenarios/$scenario"
        continue
    fi
    variant "$case" sound sound "$scenario"
    variant "$case" mutated "${case%.*}" "$scenario"
    hasten "$dir/scenarios/$case-mutated.yaml"
    set -- "$@" --only "$case *$glob"
done <"$dir/cases"
"$sockfault" run "$@" --report tap="$dir/tap" --quiet "$dir/scenarios" >"$dir/log" 2>&1
if [ ! -s "$dir/tap" ]; then
    cat "$dir/log"
    echo '0 passed, 1 failed'
    exit 1
fi
awk -f "$here/judge.awk" "$plan" "$dir/tap"
