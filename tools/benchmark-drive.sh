#!/usr/bin/env bash
# summary: what a recording of benchmark-run.sh runs: lets the application start, drives the ramp, ends the application
# Usage: benchmark-drive.sh BIN GO_FIFO APP_PID PORT LOG RESULTS_STEM -- poolload options. The application starts and ends
# inside the recording, so that every connection is seen from its first byte to its last.
set -euo pipefail
bin=$1 go=$2 app=$3 port=$4 log=$5 stem=$6
shift 7

alive() { kill -0 "$app" 2>/dev/null; }
fail() { echo "benchmark-drive: $1" >&2; exit 1; }

end_app() {
  local i
  kill -TERM "$app" 2>/dev/null || return 0
  for ((i = 0; i < 700; i++)); do
    alive || return 0
    sleep 0.1
  done
  kill -KILL "$app" 2>/dev/null || true
}
trap end_app EXIT
trap 'exit 130' INT TERM

# What the log gives as the reason, without a traceback's lines.
reason() {
  local line
  line=$(grep CRITICAL "$log" | tail -n 1)
  [ -n "$line" ] || line=$(grep -vE '^ |^$|^Traceback|Worker|Shutting down|Reason:' "$log" | tail -n 1)
  printf '%.400s' "$line"
}

healthy() {
  local status
  status=$( (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3 &&
    timeout 2 head -n 1 <&3) 2>/dev/null) || return 1
  [[ $status == *' 200 '* ]]
}

echo go >"$go"
for ((i = 0; i < 1200; i++)); do
  alive || fail "the application ended while starting: $(reason) (its log: $log)"
  healthy && break
  sleep 0.1
done
healthy || fail "the application was not ready after 120 s; its log is $log"

# One user alone, in no level: nobody waits, so that the probe learns the application's own time in this run.
env -u POOLPROBE_RUN "$bin/poolload" --url "http://127.0.0.1:$port" "$@" --no-level-mark --users 1 --warmup 0 --duration 3s \
  -o "$stem.reference.json" >"$stem.reference.log"
rm -f "$stem.reference.json" "$stem.reference.log"

"$bin/poolload" --url "http://127.0.0.1:$port" --watch-pid "$app" -o "$stem.results.json" "$@"
alive || fail "the application ended during the run: $(reason) (its log: $log)"
