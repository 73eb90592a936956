#!/usr/bin/env bash
# summary: FastAPI and Django under load: same statements on the wire, zero errors, full coverage, pool limits seen; bad input
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
here=$root/tests/e2e

for app in fastapi django; do
  "$root/tools/benchmark-python.sh" $app >/dev/null 2>"$work/python.log"
  case $? in
    0) ;;
    75) echo "# skipped: $(cat "$work/python.log")"; exit 77 ;;
    *) cat "$work/python.log"; echo "not ok - the Python packages of $app"; exit 1 ;;
  esac
done

port=$(free_port)
run_app() { # NAME further options…
  local name=$1
  shift
  "$root/tools/benchmark-run.sh" --bin "$bin" --run "$work/$name.run.db" --port "$port" --mysql-dir "$work/mysql-$name" \
    --warmup 1s --pause 0 "$@" >"$work/$name.log" 2>&1
}
nothing_runs() { # NAME: neither the application nor its server
  ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && ! "$root/tools/mysql-server.sh" status --dir "$work/mysql-$1"
}
recorded() { # NAME run options…
  run_app "$@" || { cat "$work/$1.log"; return 1; }
  "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json"
}
report_of() { "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json" || [ $? -eq 3 ]; }
failed_with() { # NAME PATTERN run options…: exit status 1, one matching line, nothing left running
  local name=$1 pattern=$2 rc
  shift 2
  run_app "$name" "$@"
  rc=$?
  cat "$work/$name.log"
  [ $rc -eq 1 ] && grep -Eqi -- "$pattern" "$work/$name.log" && nothing_runs "$name"
}

check "fastapi: a ramp to 100 users is recorded" recorded fastapi --target fastapi --pool 20-100 --users 10:100:90 --duration 5s
check "django: a ramp to 100 users is recorded" recorded django --target django --users 10:100:90 --duration 5s
check "every endpoint of both sends the same statements" python3 "$here/apps_count.py" "$work/fastapi.run.db" "$work/django.run.db"
sed 's/^/# /' "$work/check.log"
for app in fastapi django; do
  check "$app: zero errors at 10 and 100 users" jq -e \
    'length == 2 and all(.[]; .error_requests == 0 and .total_requests > 0) and ([.[].concurrent_users] == [10, 100])' \
    "$work/$app.results.json"
  check "$app: no failed statement" jq -e '[.queries[].errors] | add == 0' "$work/$app.json"
  check "$app: the wire is 100 % of the server's statements" jq -e '.coverage.ratio == 1' "$work/$app.json"
  check "$app: CPU and memory of the application are in the results" jq -e \
    'all(.[]; .avg_cpu_percent > 0 and .avg_memory_mb > 10)' "$work/$app.results.json"
done
check "fastapi: pool minimum 20 and maximum 100 seen on the wire" jq -e \
  '[.pools[] | select(.application)] | length == 1 and .[0].wire.points[0].open_max == 20 and .[0].open_max == 100' "$work/fastapi.json"
check "django: a connection a thread, 8" jq -e '[.pools[] | select(.application) | .open_max] | add == 8' "$work/django.json"
check "django: waiting for a thread is no wait for a connection" jq -e \
  'all(.levels[]; .budget as $b | ([$b.acquire_exhausted, $b.acquire_blocked_by_dial] | add) < 0.01 * ([$b[]] | add))' "$work/django.json"
witness() { # waits and causes as the application's own process saw them; once more when a machine that stood still spoilt it
  local try
  for try in 1 2; do
    "$root/tests/accuracy/apps.sh" --bin "$bin" --work "$work/witness" --results "$work/witness.csv" --only fastapi-1-1-calm --seconds 3 --again &&
      python3 -B "$root/tests/accuracy/check.py" "$work/witness.csv" --mean 0.5 --p95 0.5 --joins 0.4 && return 0
    echo "try $try missed"
  done
  return 1
}
check "fastapi: the waits for a pool of one agree with a witness in its process" witness
sed 's/^/# /' "$work/check.log"
check "nothing is left running" nothing_runs fastapi

# Bad input.
python3 -c 'import socket, sys, time; s = socket.create_server(("127.0.0.1", int(sys.argv[1]))); time.sleep(60)' "$port" &
holder=$!
pids+=("$holder")
for _ in $(seq 50); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
taken() { run_app taken --target fastapi; [ $? -eq 1 ] && grep -q "port $port is taken" "$work/taken.log"; }
check "a port that is taken: said so" taken
kill "$holder"
wait "$holder" 2>/dev/null

printf '[mysqld]\nmax-connections = 30\n' >"$work/few.cnf"
few=(--mysql-conf published.cnf --mysql-conf "$work/few.cnf")
check "a minimum above max_connections: the application does not start, the error is named" \
  failed_with toofew '1040|too many connections' --target fastapi --pool 60-100 --users 1 --duration 1s "${few[@]}"
check "… the run is kept and its report finds error 1040" bash -c "
  '$bin/poolprobe' report '$work/toofew.run.db' --format json | jq -e '.findings | tostring | test(\"1040|max_connections\")'"
check "a maximum above max_connections: the ramp goes on" recorded grown --target fastapi --pool 5-100 --users 60 --duration 2s "${few[@]}"
check "… requests fail and the report finds error 1040" jq -e '.findings | tostring | test("1040|max_connections")' "$work/grown.json"
check "… which poolload counts too" jq -e '.[0].error_requests > 0' "$work/grown.results.json"

(
  for _ in $(seq 300); do
    grep -q 'startup complete' "$work/lost.app.log" 2>/dev/null && break
    sleep 0.1
  done
  sleep 6
  # shellcheck disable=SC1091
  . "$work/mysql-lost/env" && kill -KILL "$MYSQL_PID"
) &
check "the server is lost in the middle: said, nothing left running" \
  failed_with lost 'server was lost' --target fastapi --users 5:10:5 --duration 4s --pool 5-20
wait $!
check "… the run so far is readable" report_of lost
check "… and shows the failed requests" jq -e '[.[].error_requests] | add > 0' "$work/lost.results.json"
no_server() {
  POOLPROBE_MYSQLD=/bin/false run_app noserver --target fastapi
  [ $? -eq 1 ] && grep -qi 'server' "$work/noserver.log" && nothing_runs noserver
}
check "a server that does not start: said so" no_server
no_python() {
  PYTHON=/nonexistent run_app nopython --target django
  [ $? -eq 1 ] && grep -q 'target reftarget' "$work/nopython.log"
}
check "no Python: said so, reftarget offered" no_python
no_index() {
  cp -r "$root/tools" "$root/docker" "$root/sql" "$work/"
  PIP_INDEX_URL=http://127.0.0.1:9/simple PIP_FIND_LINKS='' PIP_NO_CACHE_DIR=1 PIP_RETRIES=0 "$work/tools/benchmark-python.sh" django >"$work/noindex.log" 2>&1
  [ $? -eq 75 ] && grep -q 'cannot be reached.*target reftarget' "$work/noindex.log"
}
check "no package index: said so, reftarget offered" no_index

[ "$failures" -eq 0 ]
