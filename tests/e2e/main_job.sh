#!/usr/bin/env bash
# summary: the main job on a real server: record a ramp at a small and a large pool, compare with the truth log, coverage, replay, a killed recorder
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
here=$root/tests/e2e

start_mysql --conf published.cnf
http_port=$(free_port)
echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"
uri="mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget"
MYSQL_PWD=benchmark_pass "$bin/reftarget" --setup-only --mysql "$uri" --port "$http_port" 2>"$work/setup.log" ||
  { cat "$work/setup.log"; echo "not ok - set-up of the workload"; exit 1; }

# The target starts and ends inside the recording, so that every connection is seen from its first byte.
cat >"$work/drive.sh" <<'EOF'
name=$1 min=$2 max=$3
shift 3
MYSQL_PWD=benchmark_pass "$BIN/reftarget" --mysql "$URI" --port "$HTTP_PORT" --pool-min "$min" --pool-max "$max" \
  ${TARGET_OPTIONS:-} --work-dir "$WORK" --truth "$WORK/$name.truth" 2>"$WORK/$name.target.log" &
pid=$!
until grep -q ready "$WORK/$name.target.log"; do kill -0 $pid || exit 1; sleep 0.05; done
"$BIN/poolload" --url "http://127.0.0.1:$HTTP_PORT" --endpoint 'POST /io-intensive' --endpoint 'GET /users' \
  --endpoint 'GET /products' --endpoint 'GET /orders' "$@" -o "$WORK/$name.results.json" >"$WORK/$name.load.log"
rc=$?
kill -TERM $pid
wait $pid
exit $rc
EOF
export BIN=$bin URI=$uri HTTP_PORT=$http_port WORK=$work

record() { # NAME MIN MAX load options…
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --http-port "$http_port" \
    --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -w "$work/$1.pcap" -o "$work/$1.run.db" \
    --config "pool_min=$2" --config "pool_max=$3" -- bash "$work/drive.sh" "$@" >"$work/$1.record.log" 2>&1
}

report() { "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json"; }

truth() { python3 "$here/compare_truth.py" "$work/$1.json" "$work/$1.truth" --tolerance 0.10; }

# A machine that stops for seconds in the middle of a ramp spoils that ramp's figures; a method that is wrong misses every
# time. So a ramp that misses is recorded once more, and said so.
ramp() { # NAME MIN MAX load options…
  local try
  for try in 1 2; do
    record "$@" && report "$1" && truth "$1" && return 0
    echo "try $try missed; the recorder said:"
    cat "$work/$1.record.log"
  done
  return 1
}
check "small pool: recorded, waits within 10 % of the truth log, budgets add up" \
  ramp small 3 3 --users 2:10:4 --duration 4s --pause 500ms --think 5ms:20ms
sed 's/^/# /' "$work/check.log"
check "large pool: recorded, no wait, budgets add up" \
  ramp large 40 40 --users 2:10:4 --duration 3s --pause 500ms --think 5ms:20ms
sed 's/^/# /' "$work/check.log"

check "small pool: requests wait, the pool was saturated" jq -e \
  '[.levels[] | select(.users > 3)] | length > 0 and all(.budget.acquire_exhausted > 1 and .saturated > 0.3)' "$work/small.json"
check "observed pool limits: 3 and 40" jq -e -s \
  '[.[].pools[] | select(.application) | .open_max] == [3, 40]' "$work/small.json" "$work/large.json"

check "every dial's phases were seen: TCP, greeting, authentication; recorder, client and server are one machine" jq -e -s \
  'all(.[].pools[] | select(.application); .connections as $n | .wire.dialling
    | .tcp.count == $n and .greeting.count == $n and .auth.count == $n and .tcp.p50_ms > 0 and .tcp.p50_ms < .greeting.p50_ms + .auth.p50_ms)
   and all(.[].pools[] | select(.application); .vantage.place == "same_machine")' "$work/small.json" "$work/large.json"

for run in small large; do
  check "$run: no kernel drop and no gap" jq -e '.capture.kernel_drops == 0 and .capture.gaps == 0' "$work/$run.json"
  check "$run: wire statements are 100 % of the server's count" jq -e \
    '.coverage.ratio == 1 and .coverage.wire_statements > 100' "$work/$run.json"
  check "$run: statements equal the truth log's commands, connection by connection" \
    python3 "$here/compare_statements.py" "$work/$run.run.db" "$work/$run.truth"
  check "$run: the load generator's results are in the run" jq -e 'all(.levels[]; .load.total_requests > 0)' "$work/$run.json"
  # A request that is sent in the last microseconds of a level arrives behind its end.
  check "$run: requests on the wire equal the load generator's, but for the level's edges" jq -e \
    'all(.levels[]; (.load.total_requests - .requests | fabs) <= 2)' "$work/$run.json"
done

replay() {
  "$bin/poolprobe" record -r "$work/$1.pcap" --mysql-port "$MYSQL_PORT" --http-port "$http_port" \
    -o "$work/$1.replay.run.db" && "$bin/poolprobe" report "$work/$1.replay.run.db" --format json -o "$work/$1.replay.json" &&
    python3 "$here/compare_replay.py" "$work/$1.run.db" "$work/$1.replay.run.db" "$work/$1.json" "$work/$1.replay.json"
}
check "replay gives the same statements, transactions, requests and budgets" replay small

check "diff of the two runs names the pool" bash -c "'$bin/poolprobe' diff '$work/small.run.db' '$work/large.run.db' | tee /dev/stderr | grep -qi pool"

killed() {
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --http-port "$http_port" \
    -o "$work/killed.run.db" >"$work/killed.log" 2>&1 &
  local recorder=$!
  pids+=("$recorder")
  bash "$work/drive.sh" killed 3 3 --users 5 --duration 2s || return 1
  kill -KILL "$recorder"
  wait "$recorder" 2>/dev/null
  "$bin/poolprobe" report "$work/killed.run.db" --format json -o "$work/killed.json"
  local rc=$?
  [ "$rc" -eq 0 ] || [ "$rc" -eq 3 ] || return 1
  jq -e '(.levels | length) > 0 and ([.endpoints[].requests] | add) > 0 and .capture.statements > 0' "$work/killed.json" &&
    "$bin/poolprobe" report "$work/killed.run.db" | grep -i 'not end\|killed\|cut short\|cleanly'
}
check "a recorder killed with SIGKILL leaves a run that report reads" killed

# Requests with trace ids: each checkout is its request's beyond doubt, also of several at the same time.
exact() { # NAME reftarget's option
  TARGET_OPTIONS=$2 record "$1" 3 5 --endpoint 'GET /dashboard' --users 8 --duration 1s --warmup 200ms --trace-context &&
    report "$1" && "$bin/poolprobe" report "$work/$1.run.db" --by checkout --format csv -o "$work/$1.checkouts.csv" &&
    python3 "$here/check_joins.py" "$work/$1.checkouts.csv" "$work/$1.truth" &&
    jq -e '.joins.exact > 0.95 and .joins.inferred == 0' "$work/$1.json"
}
check "trace ids in comments: every join is exact and right" exact comments "--traceparent comment"
if [ "$MYSQL_FLAVOUR" = mysql ]; then
  check "trace ids in query attributes: every join is exact and right" exact attributes "--traceparent attribute"
else
  check "no query attributes on this server: said in one line" bash -c "! MYSQL_PWD=benchmark_pass '$bin/reftarget' --mysql '$uri' \
    --traceparent attribute --port 0 2>'$work/attributes.log' && grep -q 'has no query attributes' '$work/attributes.log'"
fi

[ "$failures" -eq 0 ]
