# shellcheck shell=bash
# For scripts that sweep programs of tests/broken; sourced.

# bare PROGRAM: prints its scenario, without faults in it; PROGRAM-fixed: with the program that is repaired
bare() {
    local name=${1%-fixed} scenario=tests/broken/${1%-fixed}.yaml
    [ ! -f "tests/sweep/bare/$name.yaml" ] || scenario=tests/sweep/bare/$name.yaml
    awk '/^[a-z]/ {faults = /^faults:/} !faults' "$scenario" | sed "s#build/tests/broken/$name\\([],]\\)#build/tests/broken/$1\\1#"
}

# Who runs it.
processes_of() { bare "$1" | sed -n "s#^  \\([a-z]*\\):.*build/tests/broken/$1[],].*#\\1#p" | paste -sd,; }
