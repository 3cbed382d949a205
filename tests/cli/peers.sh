# shellcheck shell=bash disable=SC2016,SC2154  # ${…} in '…' is for the scenario; $dir comes from lib.sh
# Scripted peers: what a report says of a step that did not hold, and that a script ends with its harness.

# pair SERVER CLIENT: $dir/pair.yaml, in which two scripts talk; the steps are in YAML's short form
pair() {
    cat >"$dir/pair.yaml" <<END
scenario: two scripts
timeout: 20s
processes:
  server:
    peer: [$1]
  client:
    peer: [$2]
    after: server
expect: {}
END
}

# differs PROCESS: what the report says of its step is what comes on stdin, byte for byte
differs() {
    cat >"$dir/wanted"
    gives 1 run pair.yaml
    sed -n "/^  $1: step /,/^\$/p" "$dir/out" | sed -E 's/(connect: )[0-9]+/\1PORT/; $d' >"$dir/told"
    cmp -s "$dir/wanted" "$dir/told" || problem "$(diff --label expected --label got -u "$dir/wanted" "$dir/told")"
}

pair '{listen: "${port}"}, accept, {expect: "hello, world\n"}' '{connect: "${port}"}, {send: "hello. world\n"}'
differs server <<'END'
  server: step 3: expect  pair.yaml:5:42
      expected  "hello, world\n"
      got       "hello. world\n"
                connection 1
                byte 6 of 13 differs
                  byte  expected                           | received
                     1  68 65 6c 6c 6f 2c 20 77  hello, w  | 68 65 6c 6c 6f 2e 20 77  hello. w
                                       ^^                                   ^^
                     9  6f 72 6c 64 0a           orld.     | 6f 72 6c 64 0a           orld.
END
claim "a mismatch shows expected and received bytes side by side, and marks the first that differs"

pair '{listen: "${port}"}, accept, {expect: {hex: "00ff 41"}}' '{connect: "${port}"}, {send: [{hex: "00fe"}, "é"]}'
differs server <<'END'
  server: step 3: expect  pair.yaml:5:42
      expected  "\0\xffA"
      got       "\0\xfeé"
                connection 1
                byte 2 of 3 differs
                  byte  expected                           | received
                     1  00 ff 41                 ..A       | 00 fe c3 a9              ....
                           ^^                                   ^^
END
claim "bytes that are no text are shown as what they are"

pair '{listen: "${port}"}, {accept: only}, {expect: hello}' '{connect: "${port}"}, {send: hel}'
differs server <<'END'
  server: step 3: expect  pair.yaml:5:50
      expected  "hello"
      got       "hel", then end of file
                connection 1 (only)
                bytes 4 to 5 of 5 are missing
                  byte  expected                           | received
                     1  68 65 6c 6c 6f           hello     | 68 65 6c                 hel
                                 ^^                                   ^^
END
pair '{listen: "${port}"}, accept, {expect: eof}' '{connect: "${port}"}, {send: hel}, reset'
differs server <<'END'
  server: step 3: expect  pair.yaml:5:42
      expected  end of file
      got       "hel"
                connection 1
                3 bytes
END
pair '{listen: "${port}"}, accept, {expect: "a"}, {expect: {bytes: 3}}' '{connect: "${port}"}, {send: a}, reset'
differs server <<'END'
  server: step 4: expect  pair.yaml:5:57
      expected  3 bytes
      got       nothing, then a reset
                connection 1
END
claim "an end that comes too early is told, and one that comes too late"

pair '{listen: "${port}"}, {repeat: {times: 3, steps: [accept, {expect: {matches: "^[ab]\n"}}]}}' \
    '{connect: "${port}"}, {send: "a\n"}, {connect: "${port}"}, {send: "c\n"}, {shutdown: write}'
differs server <<'END'
  server: step 4: expect  pair.yaml:5:70
      expected  matches /^[ab]\n/
      got       "c\n", then end of file
                connection 2, round 2 of 3
                2 bytes
END
claim "what does not match says so, with the connection and the round"

long=$(printf '%080d' 0)
pair '{listen: "${port}"}, accept, {expect: "'"$long$long"'"}' '{connect: "${port}"}, {send: "'"$long"'1'"${long%0}"'"}'
differs server <<'END'
  server: step 3: expect  pair.yaml:5:42
      expected  ..."00000000000000000000000000000000000000000000000000000000000000000000000000000000"... (160 bytes)
      got       ..."00000000000000000000000000000000000000001000000000000000000000000000000000000000"... (160 bytes)
                connection 1
                byte 81 of 160 differs
                  byte  expected                           | received
                    73  30 30 30 30 30 30 30 30  00000000  | 30 30 30 30 30 30 30 30  00000000
                    81  30 30 30 30 30 30 30 30  00000000  | 31 30 30 30 30 30 30 30  10000000
                        ^^                                   ^^
                    89  30 30 30 30 30 30 30 30  00000000  | 30 30 30 30 30 30 30 30  00000000
                    97  30 30 30 30 30 30 30 30  00000000  | 30 30 30 30 30 30 30 30  00000000
END
claim "of long data what is around the first difference is shown"

pair '{listen: "udp:${port}"}, {expect: "one"}' '{connect: "udp:${port}"}, {send: "one, two"}'
differs server <<'END'
  server: step 2: expect  pair.yaml:5:38
      expected  "one"
      got       "one, two"
                connection 1
                5 bytes too many
                  byte  expected                           | received
                     1  6f 6e 65                 one       | 6f 6e 65 2c 20 74 77 6f  one, two
                                 ^^                                   ^^
END
claim "a datagram is one message, whole"

pair '{listen: "${port}"}, {accept: {within: 20s}}' '{connect: "${port}"}, {expect: {text: x, within: 20s}}'
differs client <<'END'
  client: step 2: expect  pair.yaml:7:35
      expected  "x"
      got       nothing, then end of file
                connection 1
END
pair '{listen: "${port}"}, accept, {expect: eof}' '{connect: "${port}"}, {expect: {text: x, within: 30ms}}'
differs client <<'END'
  client: step 2: expect  pair.yaml:7:35
      expected  "x"
      got       nothing, and no more within 30.0 ms
                connection 1
END
pair '{listen: "${port}"}, {connect: "${port2}"}' '{connect: "unix:nowhere"}'
differs server <<'END'
  server: step 2: connect  pair.yaml:5:34
      expected  connect: PORT
      got       connect: Connection refused
END
differs client <<'END'
  client: step 1: connect  pair.yaml:7:13
      expected  connect: unix:nowhere
      got       connect: No such file or directory
END
claim "what takes too long, and what fails, says so"

pair '{listen: "${port}"}, accept, {expect: "hello"}, stall' '{connect: "${port}"}, {send: "hel"}, {expect: "x"}'
began=$SECONDS
differs server <<'END'
  server: step 3: expect  pair.yaml:5:42
      expected  "hello"
      got       "hel", and no more
                connection 1
                bytes 4 to 5 of 5 are missing
                  byte  expected                           | received
                     1  68 65 6c 6c 6f           hello     | 68 65 6c                 hel
                                 ^^                                   ^^
                and nobody else was left
END
[ $((SECONDS - began)) -lt 10 ] || problem "it took $((SECONDS - began)) s to see that nothing could happen any more"
claim "scripts that wait for each other are not waited for"

pair '{listen: "${port}"}, accept, {expect: "a"}' '{connect: "${port}"}, {send: "b"}, {expect: eof}'
gives 1 run --report tap --report json="$dir/peers.json" --report junit="$dir/peers.xml" pair.yaml
like out 'server: step 3: expect'
like out 'byte 1 of 1 differs'
for file in peers.json peers.xml; do
    grep -q 'byte 1 of 1 differs' "$dir/$file" || problem "$file does not tell of the mismatch"
done
claim "every report carries it"

cat >"$dir/serves.yaml" <<'END'
scenario: a server that a script finds dead
processes:
  server: {run: [sh, -c, "echo ready; exec sleep 100"], ready: {stdout: ready}}
  next: {peer: [{connect: "${port}"}]}
expect:
  server: {serves: next}
END
gives 1 run serves.yaml
like out '^  next#next: step 1: connect  serves.yaml:4:18$'
like out '^  server: serves  serves.yaml:6:3$'
claim "a script that serves: asked for tells of its step"

cat >"$dir/held.yaml" <<'END'
scenario: a server that a shell leaves behind
timeout: 60s
time: real
processes:
  server: {peer: [{listen: "unix:here"}, ignore]}
  client: {peer: [{connect: "unix:here"}, stall], after: server}
  shell: {run: [sh, -c, "echo $$ >'${root}/pids'; exec sleep 1000"], after: client, ready: started}
expect:
  shell: {exit: 0}
END
rm -f "$dir/pids"
mkdir -p "$dir/runtime"
set -m
(cd "$dir" && XDG_RUNTIME_DIR=$dir/runtime exec "$sockfault" run held.yaml) >"$dir/out" 2>"$dir/err" &
pid=$!
set +m
within 10 test -s "$dir/pids" || problem "the scenario did not start"
within 10 sh -c 'find "$0" -type s | grep -q here' "$dir/runtime" || problem "there is no socket"
mapfile -t family < <(descendants "$pid")
[ ${#family[@]} -ge 4 ] || problem "got ${#family[@]} processes, expected a guardian, two peers and a shell"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
for member in "${family[@]}"; do within 10 gone "$member" || problem "process $member lives on"; done
within 10 sh -c '[ -z "$(find "$0" -mindepth 1)" ]' "$dir/runtime" ||
    problem "left behind: $(find "$dir/runtime" -mindepth 1)"
claim "when the harness is killed its peers end, and no socket file is left"
