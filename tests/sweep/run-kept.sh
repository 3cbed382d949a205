#!/bin/bash
# Services kept from one experiment of a sweep to the next: they are, where the faults are others'; what comes out is the
# same as with everything started afresh; and who cannot be kept is started anew. TAP; the last line is the sum. Run it in
# the root of the project, after `make check-programs`.
set -u
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh
# shellcheck source=tests/sweep/trials.sh
. tests/sweep/trials.sh
if [ "$("$sockfault" doctor | grep -cE '^ok +(PID|network) namespace')" != 2 ]; then
    printf 'ok 1 - services are kept # SKIP namespaces of their own cannot be had here\n1..1\n0 passed, 0 failed, 1 skipped\n'
    exit 0
fi

# keeping WAY: a scenario with a server of that way
keeping() {
    cat >"$dir/$1.yaml" <<YAML
scenario: a line comes back
processes:
  server: {run: [build/tests/sweep/keeps, $dir/$1.log, "\${port}", $1], ready: listening}
  client: {run: [build/reference/client, --port, "\${port}", --protocol, line, --timeout, "1", hello], after: server}
expect:
  client: {exit: 0, stdout: "hello\n"}
YAML
}

# compared STATUS WAY: afresh, then by one guardian. How often the server was started then, and for how many trials (and
# others that did not fire), is in $starts and $trials.
compared() {
    keeping "$2"
    sweeps "$1" afresh "$dir/$2.yaml" --fresh --in client
    rm "$dir/$2.log"
    sweeps "$1" lasting "$dir/$2.yaml" -j1 --in client
    agree
    starts=$(wc -l <"$dir/$2.log")
    trials=$(wc -l <"$dir/lasting.trials")
    [ "$trials" -ge 30 ] || problem "got $trials trials, expected at least 30"
}

is_kept() { [ $((2 * starts)) -le "$trials" ] || problem "got $starts starts for $trials trials"; }
is_started_anew() { [ "$starts" -ge $((trials + 2)) ] || problem "got $starts starts for $trials trials"; }

for way in plain forks hoards; do
    compared 0 $way
    is_kept
    claim "a server that $way is kept, and the verdicts are the same"
done

for way in writes maps segment alarm executes; do
    compared 0 $way
    is_started_anew
    claim "a server that $way is started anew, and the verdicts are the same"
done

keeping numbers
# shellcheck disable=SC2016 # the client's
sed -i 's|^  client: {run: .*|  client: {run: [bash, -c, "exec 3<>/dev/tcp/127.0.0.1/${port}; echo hello >\&3; read -r line <\&3; echo $line"], after: server}|
        s|, stdout: .*}|}|' "$dir/numbers.yaml"
sweeps 0 lasting "$dir/numbers.yaml" -j1 --in client --only 'client/*:[ds][eh]*'
starts=$(wc -l <"$dir/numbers.log")
trials=$(wc -l <"$dir/lasting.trials")
is_started_anew
like out ' 0 defects '
! grep -q 'a third' "$dir/numbers.log" || problem "got a server that had clients of two experiments"
claim "where the next client gets something else than the first no server is kept"

compared 0 counts
claim "who serves three and no more fails no experiment that it does not fail afresh"

keeping grudge
sweeps 1 afresh "$dir/grudge.yaml" --fresh --in client
sweeps 1 lasting "$dir/grudge.yaml" -j1 --in client
agree
hangs=$(grep -c 'hang$' "$dir/afresh.trials")
[ "$hangs" -ge 4 ] || problem "got $(cat "$dir/afresh.trials"), expected hangs"
claim "where a server does not end for what a client did, all experiments that it served are done anew"

# The client is run anew in real time where no line comes: then nobody tells the services to end.
keeping grudge
# shellcheck disable=SC2016 # the scenario's
sed -i 's|^  client: {run: .*|  client: {run: [build/tests/sweep/asks, "${port}"], after: server}|' "$dir/grudge.yaml"
only='client/[sr]e[nc][dv]:[de]*'
sweeps 1 afresh "$dir/grudge.yaml" --fresh --in client --only "$only"
sweeps 1 lasting "$dir/grudge.yaml" -j1 --in client --only "$only"
agree
grep -q 'hang$' "$dir/both" || problem "got $(cat "$dir/both"), expected a hang"
claim "and where it was never told to end, since what it served last is run anew"

keeping plain
rm -f "$dir/plain.log"
sed -i -e 's/after: server}/after: server, count: 3}/' -e '$a\  server: {serves: client}' "$dir/plain.yaml"
sweeps 0 lasting "$dir/plain.yaml" -j1 --in client --only 'client#2/connect:*'
starts=$(wc -l <"$dir/plain.log")
trials=$(wc -l <"$dir/lasting.trials")
is_kept
claim "where the faults are one's of several clients it is kept"

keeping plain
rm -f "$dir/plain.log"
sweeps 0 lasting "$dir/plain.yaml" -j1 --in server --only 'server/*:[ds][eh]*'
starts=$(wc -l <"$dir/plain.log")
trials=$(wc -l <"$dir/lasting.trials")
is_started_anew
claim "where the faults are its own it is started anew"

closing
