# shellcheck shell=bash disable=SC2016,SC2154  # ${…} in '…' is for the scenario; $dir comes from lib.sh
# Which clock an experiment goes by: who says so, and when it is real all the same.

# patient TIME-LINE: $dir/patient.yaml, two scripts that take 130 seconds of their clock
patient() {
    cat >"$dir/patient.yaml" <<END
scenario: two patient scripts
$1
processes:
  server: {peer: [{listen: "\${port}"}, accept, {pause: 50s}, {send: {text: ab, pieces: 1, pause: 20s}}, {expect: {end: eof, within: 2min}}]}
  client: {peer: [{connect: "\${port}"}, {expect: ab}, {pause: 1min}, close], after: server}
expect: {client: {elapsed: {min: 130s, max: 131s}}}
END
}

patient 'timeout: 20s'
gives 0 run --time virtual patient.yaml
patient 'time: virtual'
gives 0 run patient.yaml
claim "in virtual time, chosen by option or by scenario, scripts that wait for minutes do not take minutes"

for timeout in 400ms 4s 40s; do # until the server has come so far; in real time it stays there for 50 s
    patient $'time: virtual\ntimeout: '$timeout
    gives 1 run --time real patient.yaml
    grep -q 'at step 3' "$dir/out" && break
done
like out 'not over after .*: server is at step 3, pause'
like out 'run --seed 1 --time real --only'
claim "the clock of the command line holds against that of the scenario, and is told as part of the command"

# alone PROGRAM EXTRA: $dir/alone.yaml, one process in virtual time
alone() {
    cat >"$dir/alone.yaml" <<END
scenario: a program
time: virtual
processes: {a: {run: ["$1"]$2}}
expect: {a: {exit: 1$3}}
END
}

alone /bin/true ', shim: false' ''
gives 1 run alone.yaml
like out 'real time: process a: it runs without the shim'
sed -i 's/true/false/' "$dir/alone.yaml"
gives 0 run --report json alone.yaml
like out 'real time: process a: it runs without the shim'
alone /bin/true '' ''
gives 1 run alone.yaml
grep -q 'real time' "$dir/out" && problem "a plain program goes by real time: $(cat "$dir/out")"
claim "an experiment with a process without the shim goes by real time, and says so"

printf 'int main(void) { return 1; }\n' >"$dir/plain.c"
if ${CC:-cc} -o "$dir/plain" "$dir/plain.c" && head -c 64 /dev/zero >"$dir/info" &&
    objcopy --add-section .go.buildinfo="$dir/info" "$dir/plain" "$dir/like-go" 2>/dev/null; then
    alone "$dir/like-go" '' ''
    gives 0 run --report json alone.yaml
    like out 'real time: process a: a Go program reads the clock by itself'
    alone "$dir/plain" '' ''
    gives 0 run --report json alone.yaml
    grep -q 'real time' "$dir/out" && problem "a plain program goes by real time: $(cat "$dir/out")"
    claim "a Go program, though it can be preloaded, makes an experiment go by real time"
else
    without "a Go program, though it can be preloaded, makes an experiment go by real time" "no objcopy"
fi
if ${CC:-cc} -static -o "$dir/static" "$dir/plain.c" 2>/dev/null; then
    alone "$dir/static" ', shim: true' ', shim: absent'
    gives 0 run --report json alone.yaml
    like out 'real time: process a: a statically linked program reads the clock by itself'
    claim "a static program makes an experiment go by real time"
else
    without "a static program makes an experiment go by real time" "no static C library"
fi

# A shell that sleeps, and then becomes a program that is not seen: by then the clock has been advanced.
cat >"$dir/late.yaml" <<END
scenario: somebody comes who is not seen
processes: {a: {run: [sh, -c, "sleep 2; exec \$0", "$dir/static"]}}
expect: {a: {elapsed: {min: 3s, max: 20s}}}
END
printf '#include <unistd.h>\nint main(void) { sleep(1); return 0; }\n' >"$dir/sleeps.c"
if ${CC:-cc} -static -o "$dir/static" "$dir/sleeps.c" 2>/dev/null; then
    gives 0 run --report json late.yaml
    like out 'run anew in real time: process [0-9]* \(static\) is not under the shim'
    claim "where virtual time turns out to be wrong, the experiment is run anew in real time, and says so"
    gives 0 wrap --time virtual -- sh -c "sleep 10; exec $dir/static"
    like err 'the clock was advanced by (10\.0|9\.[0-9]+) s; time went by as it does where it could not be: it is not under'
    claim "wrap: with somebody who is not seen time goes by as it does, and that is told"
else
    without "where virtual time turns out to be wrong, it is run anew in real time" "no static C library"
fi

before=$SECONDS
gives 0 wrap --time virtual -- sh -c 'sleep 500 & sleep 1000; wait'
((SECONDS - before < 100)) || problem "a thousand seconds took $((SECONDS - before)) s"
like err 'the clock was advanced by (999|1000) s'
gives 0 wrap -- true
grep -q advanced "$dir/err" && problem "real time was advanced: $(cat "$dir/err")"
claim "wrap: in virtual time, if asked, who sleeps together sleeps no longer than it takes"
