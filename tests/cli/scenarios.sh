# shellcheck shell=bash disable=SC2016,SC2154  # $… in '…' is for the shell under test; $dir comes from lib.sh
# `sockfault run`: selection, statuses, reports, and that nothing is left behind.

mkdir "$dir/s"
cat >"$dir/s/good.yaml" <<'END'
scenario: a good shell
tags: [good, small]
matrix: {word: [one, two, three]}
processes:
  sh: {run: [sh, -c, "echo ${word}"]}
expect:
  sh: {exit: 0, stdout: "${word}\n"}
END
cat >"$dir/s/bad.yaml" <<'END'
scenario: a bad shell's claim
tags: [bad, small]
processes:
  sh: {run: [sh, -c, "exit 4"]}
expect:
  sh: {exit: 0}
END
cat >"$dir/absent.yaml" <<'END'
scenario: nobody is there
processes:
  nobody: {run: [no-such-program]}
expect:
  nobody: {exit: 0}
END
cat >"$dir/wrong.yaml" <<'END'
scenario: wrong
procesess: {}
END
cat >"$dir/long.yaml" <<'END'
scenario: it takes long
timeout: 60s
time: real
processes:
  sh: {run: [sh, -c, "sleep 1000 & echo $$ $! >'${root}/pids'; wait"]}
expect:
  sh: {exit: 0}
END

run() { (cd "$dir" && "$sockfault" run "$@"); }
closes() { [ "$(tail -n 1 "$dir/$1")" = "$2" ] || problem "$1: got '$(tail -n 1 "$dir/$1")' last, expected '$2'"; }

gives 0 run s/good.yaml
closes out '3 passed, 0 failed'
gives 1 run s
closes out '3 passed, 1 failed'
gives 3 run absent.yaml
like out 'no-such-program'
closes out '0 passed, 1 failed'
gives 1 run s absent.yaml
gives 2 run s wrong.yaml
like err "^wrong.yaml:2:1: error: got .*'procesess'.*, expected one of "
silent out
gives 2 run nowhere
claim "0 all held, 1 something did not, 2 a scenario is wrong, 3 Sockfault could not do its work"

gives 1 run s/bad.yaml
again=$(sed -n 's/^ *again //p' "$dir/out")
[ "$again" = "$sockfault run --seed 1 --only 'a bad shell'\\''s claim' s/bad.yaml" ] || problem "again: got '$again'"
gives 1 sh -c "cd '$dir' && $again"
closes out '0 passed, 1 failed'
gives 0 run --list --only 'a good shell [word=two]' s
[ "$(cat "$dir/out")" = 'a good shell [word=two]' ] || problem "a name with brackets: got '$(cat "$dir/out")'"
claim "a failure names the command that repeats just it"

gives 0 run --list --only '*one*' --only 'bad*.yaml' s
[ "$(sort "$dir/out" | tr '\n' ,)" = "a bad shell's claim,a good shell [word=one]," ] || problem "--only: got '$(cat "$dir/out")'"
gives 0 run --list --tag small --tag '!bad' s
[ "$(wc -l <"$dir/out")" = 3 ] || problem "--tag: got '$(cat "$dir/out")'"
gives 2 run --tag nothing s
like err '^sockfault: nothing to run: none of 4 experiments matches$'
claim "--only and --tag choose; nothing chosen is an error"

run --list s >"$dir/all"
for i in 1 2 3; do run --list --shard $i/3 s; done >"$dir/shards"
for i in 0 1 2; do TEST_SHARD_INDEX=$i TEST_TOTAL_SHARDS=3 TEST_SHARD_STATUS_FILE=$dir/touched run --list s; done >"$dir/bazel"
holds "each experiment is in one shard" cmp <(sort "$dir/all") <(sort "$dir/shards")
holds "the environment says the same" cmp "$dir/shards" "$dir/bazel"
holds "the status file is touched" test -e "$dir/touched"
gives 0 run --shard 9/9 s
closes out '0 passed, 0 failed'
gives 2 env TEST_SHARD_INDEX=3 TEST_TOTAL_SHARDS=3 "$sockfault" run "$dir/s"
claim "shards share the experiments out, and one may be empty"

gives 1 run --report tap,junit=j.xml --report json=j.json s
like out '^TAP version 14$'
like out '^not ok 1 - '
like out '^ok 4 - '
closes err '3 passed, 1 failed'
holds "JUnit was written" grep -q '<testsuites' "$dir/j.xml"
holds "JSON was written" grep -q '"passed"' "$dir/j.json"
gives 1 run --report junit=j.xml s
closes out '3 passed, 1 failed'
gives 3 run --report json=/nonexistent/x s
like err '^sockfault: --report json=/nonexistent/x: No such file or directory$'
silent out
gives 3 run --report json=/dev/full s/good.yaml
claim "reports go where they are told; one that cannot be written is trouble"

gives 0 run --repeat 3 s/good.yaml
closes out '9 passed, 0 failed'
gives 1 run --repeat 2 s/bad.yaml
for i in 1 2; do
    like out "^FAIL .*a bad shell's claim #$i/2"
    like out "^ *again .* --seed $i --only 'a bad shell'\\\\''s claim' s/bad.yaml\$"
done
gives 1 run --fail-fast -j 1 s
closes out '0 passed, 1 failed'
err 'sockfault: stopped by --fail-fast: 1 of 4 experiments were run'
gives 1 run --quiet s
closes out '3 passed, 1 failed'
claim "--repeat, --fail-fast and --quiet"

gives 0 run --keep --only '*two*' s/good.yaml
like out '^a good shell .*two'
kept=$(sed -n 's/^ *kept: //p' "$dir/out")
[ "$(cat "$kept/sh.stdout")" = two ] || problem "sh.stdout: got '$(cat "$kept/sh.stdout")', expected 'two'"
holds "the scenario is there" cmp "$kept/scenario.yaml" "$dir/s/good.yaml"
for name in sh.stderr trace.txt; do [ -f "$kept/$name" ] || problem "no $name was kept"; done
holds "the board is not kept" missing "$kept/board"
[ -z "$kept" ] || rm -r "$kept"
gives 3 run --keep absent.yaml
kept=$(sed -n 's/^.*kept: //p' "$dir/out")
holds "the folder of a failure is told" test -f "$kept/scenario.yaml"
[ -z "$kept" ] || rm -r "$kept"
claim "--keep says where, of what passed too, and leaves output, trace and scenario"

gives 3 env SOCKFAULT_SHIM=/nonexistent.so "$sockfault" run "$dir/s"
err 'sockfault: the shim is not there: SOCKFAULT_SHIM is /nonexistent.so: No such file or directory'
claim "without the shim nothing is run"

# The words ld.so splits LD_PRELOAD into.
mkdir "$dir/a b:c"
cp "$sockfault" "$shim" "$dir/a b:c"
gives 0 env -C "$dir" "$dir/a b:c/sockfault" run s/good.yaml
claim "the shim is found in a folder with a blank and a colon in its name"

cat >"$dir/cut.yaml" <<'END'
scenario: a program cuts off the board
processes:
  sh: {run: [sh, -c, ": >$SOCKFAULT_BOARD"]}
expect: {}
END
gives 3 run cut.yaml
like out 'the board.s file was cut off'
gives 125 "$sockfault" wrap -- sh -c ': >$SOCKFAULT_BOARD'
like err '^sockfault: sh: the board.s file was cut off'
claim "a board that was cut off is trouble, not the end of the harness"

cat >"$dir/over.yaml" <<'END'
scenario: a program writes over the board
processes:
  sh: {run: [sh, -c, "head -c 4096 /dev/zero | tr '\\0' x | dd of=$SOCKFAULT_BOARD conv=notrunc status=none"]}
expect: {}
END
gives 3 run over.yaml
like out 'the board was written over'
gives 125 "$sockfault" wrap -- sh -c 'head -c 4096 /dev/zero | tr "\0" x | dd of=$SOCKFAULT_BOARD conv=notrunc status=none'
like err '^sockfault: sh: the board was written over'
claim "a board that was written over is trouble, not a verdict"

cat >"$dir/many.yaml" <<'END'
scenario: many at once
processes:
  many: {run: [cat], count: 64, shim: false}
expect: {}
END
gives 3 timeout 20 sh -c "ulimit -n 60; cd '$dir' && exec '$sockfault' run many.yaml"
like out 'process many#[0-9]+ cannot be started: pipe: Too many open files'
gives 0 timeout 20 sh -c "ulimit -n 60; cd '$dir' && exec '$sockfault' run --jobs 100 --repeat 40 s/good.yaml"
closes out '120 passed, 0 failed'
claim "few descriptors make fewer experiments at once, and an error in what needs more, but nobody waits for ever"

# interrupted SIGNAL STATUS
interrupted() {
    rm -f "$dir/pids"
    set -m
    (cd "$dir" && exec env --default-signal=INT,TERM "$sockfault" run long.yaml s) >"$dir/out" 2>"$dir/err" &
    pid=$!
    set +m
    within 10 test -s "$dir/pids" || problem "the scenario did not start"
    local family
    mapfile -t family < <(descendants "$pid")
    [ ${#family[@]} -ge 3 ] || problem "got ${#family[@]} processes, expected a guardian, a shell and its child"
    kill "-$1" "$pid"
    ends "$2"
    for member in "${family[@]}"; do
        within 10 gone "$member" || problem "process $member lives on after SIG$1"
    done
}

# descendants PID: of it, as the machine sees them
descendants() {
    local child
    for child in $(pgrep -P "$1"); do
        echo "$child"
        descendants "$child"
    done
}

interrupted INT 130
like err '^sockfault: stopped by SIGINT: [0-4] of 5 experiments were run$'
like out '^[0-9]+ passed, 0 failed$|^[0-9]+ passed, 1 failed$'
interrupted TERM 143
like err '^sockfault: stopped by SIGTERM: '
claim "^C and SIGTERM end everything, and what is known is told"

interrupted KILL 137
claim "SIGKILL of the harness leaves nothing running"
