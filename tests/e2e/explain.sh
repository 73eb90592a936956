#!/usr/bin/env bash
# summary: the explanation on real runs that have exactly one trouble each: what the report says limits them
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
only=${2:-}

# The binary log is what makes a commit slow on purpose, below.
printf '[mysqld]\nlog-bin = binlog\nsync-binlog = 0\n' >"$work/binlog.cnf"
start_mysql --conf published.cnf --conf "$work/binlog.cnf"
http_port=$(free_port)
echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"
uri="mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget"
MYSQL_PWD=benchmark_pass "$bin/reftarget" --setup-only --mysql "$uri" --port "$http_port" 2>"$work/setup.log" ||
  { cat "$work/setup.log"; echo "not ok - set-up of the workload"; exit 1; }

# NAME, then the target's options up to --, then the load's. PIN in the environment keeps the target on those CPUs.
cat >"$work/drive.sh" <<'EOF'
name=$1
shift
target=()
while [ "$1" != -- ]; do target+=("$1"); shift; done
shift
MYSQL_PWD=benchmark_pass ${PIN:+taskset -c "$PIN"} "$BIN/reftarget" --mysql "$URI" --port "$HTTP_PORT" --work-dir "$WORK" \
  "${target[@]}" 2>"$WORK/$name.target.log" &
pid=$!
until grep -q ready "$WORK/$name.target.log"; do kill -0 $pid || exit 1; sleep 0.05; done
TIMEFORMAT='%U %S'
{ time "$BIN/poolload" --url "http://127.0.0.1:$HTTP_PORT" --warmup 300ms --pause 300ms "$@" -o "$WORK/$name.results.json" \
  >"$WORK/$name.load.log" 2>&1; } 2>"$WORK/$name.load.cpu"
rc=$?
kill -TERM $pid
wait $pid
exit $rc
EOF
export BIN=$bin URI=$uri HTTP_PORT=$http_port WORK=$work

record() { # NAME target options… -- load options…
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --http-port "$http_port" --host-interval 500ms \
    --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -o "$work/$1.run.db" -- bash "$work/drive.sh" "$@" >"$work/$1.record.log" 2>&1 ||
    { cat "$work/$1.record.log"; return 1; }
  "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json"
}

# The verdict on the highest level is RULE. One other answer is true beside it: programs that are no part of the test took the
# machine's CPUs, for which the samples have to show at least half a CPU that is neither the application's, the server's, the
# load generator's nor the recorder's. Then machine_cpu stands first, and RULE right behind it; but `load` says that nothing
# limits and is silent beside another answer, and a side that does not get its CPUs does not use them up.
verdict() { # RULE NAME
  jq -r '.levels | max_by(.users) | ([.limit, .other_limits[]] | map(.rule) | join(", ")), .limit.text, "    for: " + .limit.evidence' "$work/$2.json"
  jq -e --arg rule "$1" --argjson own "$(own_cpu "$2")" '.levels | max_by(.users) as $l
    | ([$l.limit, $l.other_limits[]] | map(.rule)) as $rules
    | ($l.host.machine_cpu - ($l.host.app_cpu // 0) - ($l.host.server_cpu // 0) - $own) as $others
    | $rules[0] == $rule
      or ($rules[0] == "machine_cpu" and $l.host.machine_cpu_use >= 0.85 and $others >= 0.5 and ($rule == "load" or ($rule | endswith("_cpu")) or $rules[1] == $rule))' \
    "$work/$2.json"
}

# CPUs of load generator and recorder: twice their mean over the recording, since they work in a part of it.
own_cpu() { # NAME
  awk -v t="$(jq .capture.cpu_seconds "$work/$1.json")" -v d="$(jq .run.duration_s "$work/$1.json")" \
    '{ t += $1 + $2 } END { printf "%.3f", 2 * t / d }' "$work/$1.load.cpu"
}

# Root has no password and comes over the socket.
root_sql() { printf 'open r socket\nr %s\n' "$1" | MYSQL_PWD='' "$bin/sqlplay" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root >/dev/null; }

trouble() { # RULE NAME target options… -- load options…
  local rule=$1
  shift
  [ -z "$only" ] || [ "$only" = "$1" ] || return 0
  check "$1: recorded" record "$@"
  check "$1: what limits it is $rule" verdict "$rule" "$1"
  sed 's/^/# /' "$work/check.log"
}

trouble load think --pool-min 10 --pool-max 10 -- --endpoint 'GET /users' --users 4 --think 100ms:200ms --duration 3s
trouble pool_too_small small --pool-min 1 --pool-max 1 -- --endpoint 'POST /io-intensive' --users 1:4:3 --think 5ms:10ms --duration 3s
PIN=0 trouble application_cpu cpu --pool-min 10 --pool-max 10 --cpu-work 20000 -- \
  --endpoint 'GET /users' --users 1:6:5 --think 1ms:2ms --duration 4s
trouble serial_dialling serial --pool-min 1 --pool-max 12 --dial serial --recycle 20ms -- \
  --endpoint 'GET /users' --users 8 --think 5ms:10ms --duration 3s
trouble n_plus_one n1 --pool-min 10 --pool-max 10 -- --endpoint 'GET /orders-n1' --users 2 --think 20ms:40ms --duration 3s
trouble slow_query slow --pool-min 10 --pool-max 10 -- --endpoint 'GET /slow' --users 1 --think 100ms:200ms --duration 4s
trouble idle_in_transaction held --pool-min 4 --pool-max 4 --think 50ms -- \
  --endpoint 'POST /held-transaction' --users 1:8:7 --think 5ms:10ms --duration 3s
trouble row_locks hot --pool-min 20 --pool-max 20 -- --endpoint 'POST /hot-row' --users 1:12:11 --think 1ms:2ms --duration 3s

# The server may run on one CPU only: it is used up while the other one idles.
taskset -apc 0 "$MYSQL_PID" >/dev/null
trouble server_cpu server --pool-min 8 --pool-max 8 -- --endpoint 'GET /orders' --users 1:8:7 --think 1ms:2ms --duration 3s
taskset -apc "$(cat /sys/devices/system/cpu/online)" "$MYSQL_PID" >/dev/null

# 20 ms a commit, whatever the disk: the server waits for more commits to flush together. Only MySQL can; MariaDB waits for a number of them.
if [ "$MYSQL_FLAVOUR" = mysql ]; then
  root_sql "SET GLOBAL binlog_group_commit_sync_delay = 20000"
  trouble commit_flush commits --pool-min 8 --pool-max 8 --think 1ms -- --endpoint 'POST /held-transaction' --users 4 --think 20ms:40ms --duration 3s
  root_sql "SET GLOBAL binlog_group_commit_sync_delay = 0"
fi

# The pool wants 12, the server takes 4 and the probe's own.
root_sql "SET GLOBAL max_connections = 5"
trouble max_connections refused --pool-min 1 --pool-max 12 -- --endpoint 'GET /users' --users 12 --think 1ms:2ms --duration 3s
root_sql "SET GLOBAL max_connections = 1000"

[ "$failures" -eq 0 ]
