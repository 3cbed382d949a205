# shellcheck shell=bash disable=SC2034  # used by those who read this
# Shared by the scripts of this folder: one command at a time is run, looked at, and told as a line of TAP.
export LC_ALL=C
unset SOCKFAULT SOCKFAULT_TRACE SOCKFAULT_PROCESS SOCKFAULT_BOARD SOCKFAULT_SHIM TEST_SHARD_INDEX TEST_TOTAL_SHARDS
sockfault=$PWD/build/sockfault
shim=$(realpath build/libsockfault.so)
reference=$PWD/build/reference
dir=$(mktemp -d)
number=0 failed=0 skipped=0 problems=''
started=()

clean() {
    local pid
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done
    rm -rf "$dir"
}
trap clean EXIT

problem() { problems+="# $*"$'\n'; }

# gives STATUS COMMAND...: runs it with its output in $dir/out and $dir/err
gives() {
    local wanted=$1 status=0
    shift
    "$@" >"$dir/out" 2>"$dir/err" || status=$?
    [ "$status" = "$wanted" ] || problem "got status $status, expected $wanted: $*"
}

# out TEXT, err TEXT: that line, with nothing before or behind it; none TEXT: nothing at all was written there
out() { grep -qxF -e "$1" "$dir/out" || problem "stdout: got '$(head -c 2000 "$dir/out")', expected a line '$1'"; }
err() { grep -qxF -e "$1" "$dir/err" || problem "stderr: got '$(head -c 2000 "$dir/err")', expected a line '$1'"; }
silent() { [ ! -s "$dir/$1" ] || problem "$1: got '$(head -c 2000 "$dir/$1")', expected nothing"; }

# like out|err REGEX
like() { grep -qE -e "$2" "$dir/$1" || problem "$1: got '$(head -c 2000 "$dir/$1")', expected it to match '$2'"; }

# holds WHAT COMMAND...: the command must succeed
holds() {
    local what=$1
    shift
    "$@" >/dev/null 2>&1 || problem "does not hold: $what"
}

# within SECONDS COMMAND...: waits for it to succeed
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -le $end ] || return 1
        sleep 0.01
    done
}

gone() { ! [ -e "/proc/$1" ] || [ "$(sed 's/.*) \(.\).*/\1/' "/proc/$1/stat")" = Z ]; }
missing() { [ ! -e "$1" ]; }

# ends STATUS: what is in the background as $pid ends by itself, with that status
ends() {
    local status=0
    within 20 gone "$pid" || { problem "it did not end"; kill -KILL "$pid"; }
    wait "$pid" 2>/dev/null || status=$?
    [ "$status" = "$1" ] || problem "got status $status, expected $1"
}

# claim NAME: tells what came of all since the last one
claim() {
    number=$((number + 1))
    if [ -z "$problems" ]; then
        echo "ok $number - $1"
    else
        failed=$((failed + 1))
        echo "not ok $number - $1"
        printf '%s' "$problems" | sed 's/^\([^#]\)/#   \1/'
    fi
    problems=''
}

# without NAME WHY
without() {
    number=$((number + 1)) skipped=$((skipped + 1))
    echo "ok $number - $1 # SKIP $2"
}

closing() {
    echo "1..$number"
    [ "$skipped" = 0 ] && echo "$((number - failed)) passed, $failed failed" ||
        echo "$((number - failed - skipped)) passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
}
