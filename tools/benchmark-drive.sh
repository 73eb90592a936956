#!/usr/bin/env bash
# summary: what a recording of start_benchmark.sh runs beside: starts the target, drives the ramp, ends the target
# Usage: benchmark-drive.sh BIN NAME PORT MYSQL_URI MIN MAX RESULTS -- poolload options. The target starts and ends inside
# the recording, so that every connection is seen from its first byte to its last. TARGET_PWD is the target's password.
set -euo pipefail
bin=$1 name=$2 port=$3 uri=$4 min=$5 max=$6 results=$7
shift 8

log=$results/$name.target.log
: >"$log"
MYSQL_PWD=$TARGET_PWD "$bin/reftarget" --port "$port" --mysql "$uri" --pool-min "$min" --pool-max "$max" \
  --work-dir "$results/work" --truth "$results/$name.truth.jsonl" 2>"$log" &
target=$!
end_target() {
  kill -TERM "$target" 2>/dev/null || true
  wait "$target" 2>/dev/null || true
}
trap end_target EXIT
trap 'exit 130' INT TERM

for _ in $(seq 600); do
  grep -q ready "$log" && break
  kill -0 "$target" 2>/dev/null || { cat "$log" >&2; exit 1; }
  sleep 0.1
done
grep -q ready "$log" || { echo "the target was not ready after 60 s; its log is $log" >&2; exit 1; }

# One user alone, in no level: nobody waits, so that the probe learns the application's own time in this run.
env -u POOLPROBE_RUN "$bin/poolload" --url "http://127.0.0.1:$port" "$@" --no-level-mark --users 1 --warmup 0 --duration 3s \
  -o "$results/work/reference.json" >"$results/work/reference.log"

"$bin/poolload" --url "http://127.0.0.1:$port" --watch-pid "$target" -o "$results/$name.results.json" "$@"
