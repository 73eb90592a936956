#!/usr/bin/env bash
# summary: what the poller costs a server with many idle connections and a full table of digests, and itself
#
# Usage: tests/bench/server/run.sh BIN_DIR [CONNECTIONS [SECONDS]]; default 9900 connections, 60 s at the default interval.
set -eu
bin=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../../.." && pwd)
connections=${2:-9900} seconds=${3:-60}
work=$(mktemp -d)
idle=
finish() {
  [ -z "$idle" ] || kill "$idle" 2>/dev/null || true
  "$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
ulimit -n "$(ulimit -Hn)"
"$root/tools/mysql-server.sh" start --dir "$work/mysql" --conf published.cnf 2>/dev/null
# shellcheck disable=SC1091
. "$work/mysql/env"
play() { MYSQL_PWD=benchmark_pass "$bin/sqlplay" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user benchmark_reftarget; }
printf 'open a\nrepeat 10100 a SELECT 1 AS c#K\n' | play >/dev/null
mkfifo "$work/hold"
{ echo "idle $connections"; cat "$work/hold"; } | play >"$work/idle" &
idle=$!
exec 5>"$work/hold"
until grep -q asked "$work/idle"; do kill -0 "$idle"; sleep 0.5; done
cat "$work/idle"
cpu() { awk '{print ($14 + $15) * 10}' "/proc/$MYSQL_PID/stat"; } # ms, at 100 ticks a second
before=$(cpu)
sleep 10
resting=$((($(cpu) - before) * seconds / 10))
MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --duration "$((seconds + 10))" \
  --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -o "$work/x.run.db" >"$work/out" 2>"$work/err" &
probe=$!
sleep 7 # the first round asks everything
before=$(cpu) own=$(awk '{print ($14 + $15) * 10}' "/proc/$probe/stat")
sleep "$seconds"
polling=$(($(cpu) - before)) own=$(($(awk '{print ($14 + $15) * 10}' "/proc/$probe/stat") - own))
wait "$probe"
echo "$MYSQL_FLAVOUR $MYSQL_VERSION, $connections idle connections, a full table of digests, $seconds s between the first and the last round"
awk -v r="$resting" -v p="$polling" -v o="$own" -v s="$seconds" 'BEGIN {
  printf "server CPU: %d ms resting, %d ms polled: the polls take %.2f %% of one core; the recorder %.2f %%\n", r, p, (p - r) / s / 10, o / s / 10 }'
"$bin/poolprobe" report "$work/x.run.db" --format json | jq -r '.server | "rounds \(.polls), mean \(.poll_ms) ms, largest \(.poll_max_ms) ms, busy \(100 * .poll_share) % of the time; recorder CPU in all above"'
echo "| source | asked | mean ms | largest ms | rows |"
echo "| --- | --- | --- | --- | --- |"
sqlite3 -separator ' | ' "$work/x.run.db" "SELECT '| ' || source, count(*), round(avg(took_ns)/1e6,2), round(max(took_ns)/1e6,2), max(rows) || ' |' FROM ps_poll GROUP BY source ORDER BY sum(took_ns) DESC"
exec 5>&-
wait "$idle" || true
idle=
