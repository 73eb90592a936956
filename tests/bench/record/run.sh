#!/usr/bin/env bash
# summary: what recording costs beside sysbench: throughput with it, without and with tcpdump in turns, and exact coverage of a minute
#
# run.sh BIN free|none|coverage [ROUNDS] [SECONDS]
#   free      server and sysbench share one core, the recorder has another: CPU-bound point selects
#   none      server and sysbench use all cores and keep them busy
#   coverage  SECONDS (60) of oltp_read_write: statements on the wire against those that the server counted
# A round of `free` and `none` is a run without a recorder, one with poolprobe and one with tcpdump, SECONDS (8) each.
# Needs sysbench, tcpdump, jq, taskset (util-linux) and the right to capture. Prints Markdown; docs/performance.md holds a run
# of it; interval.py makes medians and intervals of one or several.
#
# All of it runs in a scheduling group of the highest weight, so that other work on the machine counts less.
set -euo pipefail
if [ -z "${BENCH_OWN_GROUP:-}" ] && [ "$(id -u)" = 0 ] && [ -w /proc/self/autogroup ]; then
  BENCH_OWN_GROUP=1 exec setsid -w bash -c 'echo -19 >/proc/self/autogroup 2>/dev/null || true; exec bash "$@"' _ "$0" "$@"
fi
bin=$(cd "$1" && pwd)
mode=$2
pairs=${3:-5}
seconds=${4:-8}
root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
probe=

command -v sysbench >/dev/null || { echo "sysbench is missing: apt-get install sysbench" >&2; exit 1; }

finish() {
  [ -n "$probe" ] && kill -TERM "$probe" 2>/dev/null && wait "$probe" || true
  "$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

server_args=()
here=()
threads=8
if [ "$mode" = free ]; then
  server_args=(--cpus 1)
  here=(taskset -c 0)
fi
"$root/tools/mysql-server.sh" start --dir "$work/mysql" "${server_args[@]}" 2>/dev/null
# shellcheck disable=SC1091
. "$work/mysql/env"

bench() { # SCRIPT SECONDS COMMAND
  "${here[@]}" sysbench "$1" --db-driver=mysql --mysql-host=127.0.0.1 --mysql-port="$MYSQL_PORT" \
    --mysql-user=benchmark_user --mysql-password=benchmark_pass --mysql-db=benchmark_reftarget \
    --tables=2 --table-size=20000 --threads="$threads" --time="$2" --report-interval=0 "$3"
}

start_probe() { # RUN
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --http-port 1 \
    --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -o "$1" >"$work/record.out" 2>"$work/record.err" &
  probe=$!
  for _ in $(seq 100); do
    [ -s "$1" ] && break
    sleep 0.1
  done
  sleep 0.5
}

# The same traffic into a ring of the same size, and thrown away.
start_dump() {
  tcpdump -i lo -B 65536 -w /dev/null "tcp port $MYSQL_PORT" 2>"$work/record.err" &
  probe=$!
  for _ in $(seq 100); do
    grep -q listening "$work/record.err" && break
    sleep 0.1
  done
  sleep 0.5
}

stop_probe() {
  local rc=0
  kill -INT "$probe"
  wait "$probe" || rc=$?
  probe=
  if [ "$rc" -ne 0 ]; then echo "record ended with $rc: $(cat "$work/record.err")" >&2; fi
}

# Interrupts by which a core tells another one to take up another task, all cores.
reschedules() { awk '$1 == "RES:" { for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++) n += $i } END { printf "%.0f\n", n }' /proc/interrupts; }

ticks=$(getconf CLK_TCK)
server_cpu() { awk -v hz="$ticks" '{ sub(/.*[)] /, ""); print ($12 + $13) / hz }' "/proc/$MYSQL_PID/stat"; }

# "QUERIES_A_SECOND CPU_US_A_QUERY RESCHEDULES_A_QUERY": CPU of server and sysbench together. A core that is full does as many
# queries as fit.
rate() {
  local cpu interrupts
  cpu=$(server_cpu) interrupts=$(reschedules)
  TIMEFORMAT='cpu %U %S'
  { time bench oltp_point_select "$seconds" run >"$work/rate.out"; } 2>"$work/rate.time"
  awk -v server="$(server_cpu)" -v before="$cpu" -v count="$(reschedules)" -v count_before="$interrupts" '
    FNR == NR && /^cpu/ { own = $2 + $3 }
    /transactions:/ { gsub(/[(]/, "", $3); n = $2; per_s = $3 }
    END { printf "%s %.3f %.4f\n", per_s, 1e6 * (own + server - before) / n, (count - count_before) / n }' \
    "$work/rate.time" "$work/rate.out"
}

bench oltp_point_select 1 prepare >/dev/null

if [ "$mode" = coverage ]; then
  [ $# -ge 4 ] || seconds=60
  start_probe "$work/c.run.db"
  bench oltp_read_write "$seconds" run >"$work/sysbench.out"
  sleep 1
  stop_probe
  "$bin/poolprobe" report "$work/c.run.db" --format json -o "$work/c.json" || true
  jq -r '"| on the wire | counted by the server | ratio | kernel drops | gaps | voided | not stored |\n| --- | --- | --- | --- | --- | --- | --- |\n| \(.coverage.wire_statements) | \(.coverage.server_statements) | \(.coverage.ratio) | \(.capture.kernel_drops) | \(.capture.gaps) | \(.capture.voided_statements) | \(.capture.store_drops) |"' "$work/c.json"
  grep -E 'queries performed|total:|transactions:' "$work/sysbench.out" | sed 's/^ */sysbench: /'
  # Exactly equal, nothing lost, or the run has failed.
  jq -e '.coverage.wire_statements == .coverage.server_statements and .coverage.wire_statements > 0 and
    .capture.kernel_drops == 0 and .capture.gaps == 0 and .capture.voided_statements == 0 and .capture.store_drops == 0' \
    "$work/c.json" >/dev/null || { echo "not exact" >&2; exit 1; }
  exit 0
fi

recorder_cpu() { sed -n 's/^cost *\([0-9.]*\) s CPU.*/\1/p' "$work/record.out"; }

measure() { # off|on|dump
  case $1 in
  off) off=$(rate) ;;
  on)
    start_probe "$work/r.run.db"
    on=$(rate)
    stop_probe
    rm -f "$work"/r.run.db*
    ;;
  dump)
    start_dump
    dump=$(rate)
    stop_probe
    ;;
  esac
}

orders=("off on dump" "dump on off" "on off dump" "dump off on")
rate >/dev/null # warm-up
echo "| round | off, queries/s | on | tcpdump | loss, on | tcpdump | off, CPU us a query | on | tcpdump | recorder | loss by CPU, on | off, reschedules a query | on | tcpdump |"
echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
for i in $(seq "$pairs"); do
  for which in ${orders[$(((i - 1) % 4))]}; do measure "$which"; done
  # Without a free core the recorder's CPU is missing to the others; with one it is not.
  echo "$i $off $on $dump $(recorder_cpu) $seconds $mode" | awk '{
    mine = 1e6 * $11 / ($5 * $12); cpu = $13 == "none" ? 1 - $3 / ($6 + mine) : 1 - $3 / $6
    printf "| %d | %.0f | %.0f | %.0f | %.1f %% | %.1f %% | %.1f | %.1f | %.1f | %.1f | %.1f %% | %.3f | %.3f | %.3f |\n", $1, $2,
      $5, $8, 100 * (1 - $5 / $2), 100 * (1 - $8 / $2), $3, $6, $9, mine, 100 * cpu, $4, $7, $10 }' | tee -a "$work/table"
done
echo
python3 "$(dirname "$0")/interval.py" "$work/table"
