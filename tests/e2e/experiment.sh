#!/usr/bin/env bash
# summary: an experiment on a real server: two pools × two CPU limits, interrupted and resumed, effects checked by hand
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"

mysql_port=$(free_port)
http_port=$(free_port)
out=$work/out
tool=$root/tools/mysql-server.sh
# The server is started once: what is tested here is the experiment, and two of its factors are the target's.
start_mysql --port "$mysql_port"
echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"

spec() { # REPEATS
  jq -n --arg bin "$bin" --arg work "$work" --arg port "$http_port" --arg mysql "$mysql_port" --argjson repeats "$1" '{
    title: "pool and think time",
    factors: {pool: [{label: "1-1", min: 1, max: 1}, {label: "8-8", min: 8, max: 8}], cpu_work: [0, 100]},
    repeats: $repeats, seed: 3,
    record: {command: ["-i", "lo", "--mysql-port", $mysql, "--http-port", $port], environment: {MYSQL_PWD: "probe_pass"}},
    target: {
      command: [$bin + "/reftarget", "--setup", "--port", $port, "--pool-min", "{min}", "--pool-max", "{max}", "--cpu-work", "{cpu_work}", "--think", "20ms",
        "--work-dir", $work, "--mysql", "mysql://benchmark_user@127.0.0.1:\($mysql)/benchmark_reftarget"],
      ready: "http://127.0.0.1:\($port)/health", environment: {MYSQL_PWD: "benchmark_pass"}},
    load: [$bin + "/poolload", "--url", "http://127.0.0.1:\($port)", "--endpoint", "POST /held-transaction", "--users", "4", "--duration", "1s",
      "--warmup", "0", "--think", "1ms:2ms", "-o", $work + "/results.json"]
  }' >"$work/spec.json"
}

experiment() { "$bin/poolprobe" experiment "$work/spec.json" -o "$out" "$@"; }

spec 1
check "dry run lists four runs and makes none" bash -c "'$bin/poolprobe' experiment --dry-run '$work/spec.json' -o '$out' | grep -c repeat | grep -qx 4 && [ ! -e '$out' ]"

# Interrupted while the second run is on its way: exit 1, the first run is kept, nothing is left running.
interrupted() {
  "$bin/poolprobe" experiment "$work/spec.json" -o "$out" >"$work/first.txt" 2>"$work/first.log" &
  local pid=$!
  pids+=("$pid")
  wait_for "$work/first.log" '^\[2/4\]' "$pid" || { cat "$work/first.log"; return 1; }
  kill -INT "$pid"
  wait "$pid"
  local rc=$?
  cat "$work/first.log"
  [ "$rc" -eq 1 ] && grep -q 'interrupted with [12] of 4 runs done' "$work/first.log" && [ -s "$(ls "$out"/c*-r1.run.db | head -1)" ] &&
    ! (exec 3<>"/dev/tcp/127.0.0.1/$http_port") 2>/dev/null
}
check "an interrupted experiment says how far it came and ends what it started" interrupted
first=$(ls -i "$out"/c*-r1.run.db | head -1)

check "it goes on where it was" bash -c "'$bin/poolprobe' experiment '$work/spec.json' -o '$out' >'$work/second.txt' 2>'$work/second.log'"
check "what was done is not done again" test "$(ls -i "$out"/c*-r1.run.db | head -1)" = "$first"
check "single runs: no interval, and told so" grep -q 'at least two repeats would tell' "$out/experiment.txt"
spec 3
check "further repeats are added" experiment
[ "$failures" -eq 0 ] || cat "$work/second.log"
check "twelve run files" test "$(ls "$out"/c*-r[123].run.db | wc -l)" -eq 12
check "the same folder for another experiment is refused" bash -c "jq '.seed = 4' '$work/spec.json' >'$work/other.json' &&
  ! '$bin/poolprobe' experiment '$work/other.json' -o '$out' 2>'$work/other.log' && grep -q 'another experiment' '$work/other.log'"
check "no password in the folder" bash -c "! grep -rqa 'benchmark_pass\|probe_pass' '$out'"

# With one connection all waiting is for it: four users, each of whom holds it for 20 ms and what a busy machine adds.
check "the pool's effect on the waiting is found, and is nearly all of the waiting there was" jq -e '
  .steps[-1].responses[] | select(.key == "acquire_ms") | .effects[0] |
  .factor == "pool" and .verdict == "effect" and .high < 0 and .value < -0.8 * .reference' "$out/experiment.json"
check "means and effects agree with the runs themselves" python3 "$root/tests/e2e/check_experiment.py" "$bin" "$out"
check "the JSON is as its schema says" python3 -c "
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))" "$out/experiment.json" "$root/docs/experiment.schema.json"
check "the text fits 80 columns" bash -c "! LC_ALL=C.UTF-8 grep -nE '.{81}' '$out/experiment.txt'"

broken() { # what a failing command looks like
  jq '.load = ["false"] | .repeats = 1' "$work/spec.json" >"$work/broken.json"
  "$bin/poolprobe" experiment "$work/broken.json" -o "$work/broken" 2>"$work/broken.log"
  [ $? -eq 1 ] && tee /dev/stderr <"$work/broken.log" | grep -q "'false' exited with status 1.*c0[1-4]-r1.log"
}
check "a command that fails is named with its log" broken
check "the server is still ours to stop" "$tool" status --dir "$work/mysql"

[ "$failures" -eq 0 ]
