#!/bin/bash
# summary: poolload's open load, correction, bodies, TLS, HTTP/2, merge, HDR log, thresholds, hostile targets
#
# usage: poolload_open.sh BIN_FOLDER
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/e2e/lib.sh
. "$here/lib.sh" "${1:?usage: poolload_open.sh BIN_FOLDER}"
poolload=$bin/poolload
unset POOLPROBE_RUN
skip() { echo "ok - $1 # SKIP $2"; }
load() { "$poolload" "$@" >"$work/out" 2>"$work/err"; status=$?; }
exited() { [ "$status" = "$1" ] || { echo "exit $status, not $1"; cat "$work/err"; return 1; }; }
says() { grep -qF -e "$1" "$work/err" || { echo "not said: $1; but:"; cat "$work/err"; return 1; }; }
json() { jq -e "$1" "$work/results.json"; }
take_log() { curl -sk --noproxy '*' "${1:-$url}/log" >"$work/log.json"; }
compare() { local c=$1; shift; "${python:-python3}" "$here/poolload_open_check.py" "$c" "$work/log.json" "$work/results.json" "$@"; }
start_server() { # PORT_FILE ARGUMENTS…
  local file=$1 i
  shift
  python3 "$here/poolload_open_server.py" "$@" >"$file" 2>"$file.err" &
  server=$!
  pids+=("$server")
  for i in $(seq 200); do [ -s "$file" ] && return 0; sleep 0.05; done
  echo "not ok - the server did not start"
  cat "$file.err"
  exit 1
}

start_server "$work/port"
main_server=$server
url=http://127.0.0.1:$(cat "$work/port")
quick=(--warmup 0 --pause 0 -o "$work/results.json")

# --- open load
load --url "$url" --endpoint 'GET /a' --endpoint 'GET /b' --weights 3,1 --rate 50:150:50 --duration 2s --threads 2 \
  --csv "$work/out.csv" --hdr-log "$work/out.hlog" --request-log "$work/requests.csv" "${quick[@]}"
take_log
check "an open ramp exits 0" exited 0
check "every intended request is sent once" compare schedule
check "rates of 50, 100 and 150" json 'map(.rate) == [50,100,150] and all(.[]; .load == "open" and .concurrent_users == 0)'
check "weights hold over all connections" json 'all(.[]; .endpoints[0].total_requests as $a | .endpoints[1].total_requests as $b |
    ($a - 3 * $b) >= -8 and ($a - 3 * $b) <= 8)'
check "late starts and their histogram agree" json 'all(.[]; ([.start_delay_histogram.buckets[][1]] | add) == .total_requests and
    .late_requests <= .total_requests and .avg_start_delay >= 0)'
check "phases have their counts" json 'all(.[]; .phases.first_byte.count == .successful_requests and
    .phases.connect.count <= .connections_opened and .phases.tls.count == 0)'
check "--request-log has every request" [ "$(wc -l <"$work/requests.csv")" = $(($(jq 'map(.total_requests) | add' "$work/results.json") + 1)) ]
check "CSV agrees with results.json" compare table "$work/out.csv"

# --- the correction
load --url "$url" --endpoint 'GET /stalls' --rate 200 --duration 4s --connections 4 "${quick[@]}"
take_log
check "a stall of one second: corrected p99 shows it, uncorrected does not" compare stall
check "and the schedule held" compare schedule
check "and the table says who waited" grep -q "requests waited until one of 4 connections" "$work/out"
load --url "$url" --endpoint 'GET /slow' --rate 100 --duration 1500ms --connections 2 "${quick[@]}"
take_log
check "what could not be sent is counted" compare schedule
check "and is a lot here" json '.[0].unsent_requests > 50 and .[0].corrected_p99_response_time > 5 * .[0].p99_response_time'

# --- the ramp seen from the server
load --url "$url" --endpoint 'GET /' --users 3:9:3 --duration 1500ms --think 1ms:8ms --warmup 200ms --pause 700ms \
  -o "$work/results.json"
take_log
check "the users of each level over time, from the server's side" compare users_over_time

# --- messages
printf '{"a": "\\u00e4", "zero": "\0"}' >"$work/own.json"
head -c 3000000 /dev/urandom >"$work/common.txt"
printf '# headers\nX-Two: 2\r\nX-Empty:\n' >"$work/headers"
load --url "$url" --endpoint "POST /own @$work/own.json" --endpoint 'PUT /common' --endpoint 'GET /get' --users 3 \
  --duration 500ms --think 5ms --body "$work/common.txt" --header 'X-One: eins; zwei' --header-file "$work/headers" "${quick[@]}"
take_log
check "bodies and headers out of files" compare messages "$work/own.json" "$work/common.txt"
check "and all of it succeeded" json '.[0].error_requests == 0'
load --url "$url" --endpoint "POST /own @$work/own.json" --users 1 --duration 200ms --header 'content-type: a/b' "${quick[@]}"
take_log
check "a Content-Type of one's own" compare own_type
load --url "$url" --endpoint 'GET /' --rate 100 --duration 1s --no-keepalive "${quick[@]}"
take_log
check "without keep-alive each request has its connection" compare no_keepalive
load --url "$url" --endpoint 'GET /' --rate 100 --duration 1s "${quick[@]}"
take_log
check "with it connections are used again" compare keepalive
check "and few are enough" json '.[0].connections_opened < 50'

# --- hostile targets
load --url "$url" --endpoint 'GET /500' --endpoint 'GET /endless' --endpoint 'GET /endless-head' --endpoint 'GET /silent' \
  --endpoint 'GET /garbage' --endpoint 'GET /bad-length' --endpoint 'GET /bad-chunk' --endpoint 'GET /reset' \
  --rate 80 --duration 1s --timeout 400ms "${quick[@]}"
sleep 0.3
take_log
check "a target that answers garbage, resets, stalls, never ends" compare kinds
check "is no reason to fail" exited 0
load --url "$url" --endpoint 'GET /large' --users 2 --duration 500ms --timeout 30s "${quick[@]}"
take_log
check "an answer of 100 MB is read to its end" json '.[0].successful_requests >= 2 and .[0].error_requests == 0'

# --- stops and thresholds
begin=$(date +%s)
load --url "$url" --endpoint 'GET /' --endpoint 'GET /500' --rate 100 --duration 60s --stop-on-errors 40% "${quick[@]}"
check "--stop-on-errors stops" [ $(($(date +%s) - begin)) -lt 20 ]
check "with exit status 1" exited 1
check "and says why" says "--stop-on-errors"
check "and keeps the results" json '.[0].stopped_on_errors and .[0].interrupted and .[0].total_requests > 50'
load --url "$url" --endpoint 'GET /' --endpoint 'GET /500' --users 1 --duration 2500ms --think 1ms --stop-on-errors 70% "${quick[@]}"
check "below the share it does not" exited 0
load --url "$url" --endpoint 'GET /slow' --users 1:2:1 --duration 500ms --fail-if 'p99>1ms' --fail-if 'throughput<0.1' \
  --fail-if 'error_rate>1%' --fail-if 'corrected.max>=1h' "${quick[@]}"
check "--fail-if: exit status 1" exited 1
check "--fail-if: one line for each level that breaks it" [ "$(grep -c 'p99>1ms' "$work/err")" = 2 ]
check "--fail-if: nothing else is said" [ "$(wc -l <"$work/err")" = 2 ]
check "--fail-if: the results are there" json 'length == 2'
load --url "$url" --endpoint 'GET /slow' --users 1 --duration 500ms --fail-if 'p99>5s' "${quick[@]}"
check "--fail-if: exit status 0 when nothing breaks" exited 0
rm -f "$work/results.json"
"$poolload" --url "$url" --endpoint 'GET /' --rate 50 --duration 60s "${quick[@]}" >"$work/out" 2>"$work/err" &
load_pid=$!
sleep 1
kill -INT "$load_pid"
wait "$load_pid"
status=$?
check "Ctrl-C ends an open load with its results" json '.[0].interrupted and .[0].total_requests > 5'
check "and exit status 1" exited 1
take_log

# --- several machines
at=$(($(date +%s) + 2))
"$poolload" --url "$url" --endpoint 'GET /m' --users 2 --duration 1s --think 2ms --warmup 0 --start-at "$at" \
  -o "$work/a.json" >/dev/null 2>"$work/a.err" &
load_pid=$!
load --url "$url" --endpoint 'GET /m' --users 3 --duration 1s --think 2ms --warmup 0 \
  --start-at "$(date -u -d "@$at" +%Y-%m-%dT%H:%M:%SZ)" -o "$work/b.json"
wait "$load_pid"
take_log
check "--start-at is kept to the millisecond" jq -e --argjson at "$at" '.[0].start_ns / 1e9 - $at | . > -0.001 and . < 0.001' "$work/a.json"
check "--start-at: nothing is sent before" jq -e --argjson at "$at" 'all(.[]; .time / 1e9 >= $at)' "$work/log.json"
load merge "$work/a.json" "$work/b.json" -o "$work/results.json"
check "merge exits 0" exited 0
check "merge is the exact sum" compare merged "$work/a.json" "$work/b.json"
load merge "$work/a.json" "$work/out.csv" -o "$work/x.json"
check "merge refuses what is no result" exited 1
check "and says which" says "$work/out.csv"

# --- watching
sh -c 'while :; do :; done & wait' &
shell=$!
load --url "$url" --endpoint 'GET /' --rate 20 --duration 2500ms --watch-pid "$shell" --watch-pid "$main_server" "${quick[@]}"
pkill -P "$shell" # its one child
wait "$shell" 2>/dev/null
check "--watch-pid counts children" json '.[0].watched[0].avg_cpu_percent > 5'
check "--watch-pid by second" json '(.[0].watched[0].seconds | length) >= 3 and .[0].watched[1].max_memory_mb > 1 and
    (.[0].avg_cpu_percent - .[0].watched[0].avg_cpu_percent - .[0].watched[1].avg_cpu_percent | fabs) < 0.01'
take_log

# --- TLS and HTTP/2
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$work/key.pem" -out "$work/cert.pem" \
  -addext subjectAltName=IP:127.0.0.1 2>/dev/null
start_server "$work/tls-port" "$work/cert.pem" "$work/key.pem"
tls=https://127.0.0.1:$(cat "$work/tls-port")
load --url "$tls" --endpoint 'GET /' --users 2 --duration 500ms --think 5ms --insecure "${quick[@]}"
take_log "$tls"
check "HTTPS" json '.[0].error_requests == 0 and .[0].total_requests > 10 and .[0].phases.tls.count == 2 and .[0].phases.tls.avg > 0'
check "HTTPS: one connection a user" compare keepalive
load --url "$tls" --endpoint 'GET /' --users 1 --duration 200ms "${quick[@]}"
check "an unknown certificate is an error of the kind tls" json '.[0].errors.tls == .[0].total_requests and .[0].total_requests > 0'
check "with the reason as a sample" json '.[0].error_samples[0].text | test("certificate")'

nginx=$(command -v nginx || { [ -x /usr/sbin/nginx ] && echo /usr/sbin/nginx; })
if [ -n "$nginx" ]; then
  h2=$(free_port) h2c=$(free_port)
  mkdir -p "$work/nginx"
  cat >"$work/nginx/conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx/pid; error_log $work/nginx/error.log;
events { worker_connections 200; }
http { client_body_temp_path $work/nginx/b; proxy_temp_path $work/nginx/p;
  fastcgi_temp_path $work/nginx/f; uwsgi_temp_path $work/nginx/u; scgi_temp_path $work/nginx/s;
  log_format version '\$server_protocol \$request_method \$http_poolload_level'; access_log $work/nginx/access.log version;
  server { listen 127.0.0.1:$h2 ssl http2; listen 127.0.0.1:$h2c http2; ssl_certificate $work/cert.pem;
    ssl_certificate_key $work/key.pem; location / { return 200 ok; } } }
CONF
  "$nginx" -c "$work/nginx/conf" -e "$work/nginx/error.log" 2>"$work/nginx/stderr" &
  pids+=($!)
  for _ in $(seq 100); do curl -sk --noproxy '*' -o /dev/null "https://127.0.0.1:$h2/" && break; sleep 0.05; done
  : >"$work/nginx/access.log"
  load --url "https://127.0.0.1:$h2" --endpoint 'GET /' --endpoint 'POST /' --users 2 --duration 300ms --think 5ms --http2 --insecure "${quick[@]}"
  check "HTTP/2 over TLS" json '.[0].error_requests == 0 and .[0].total_requests > 10 and .[0].connections_opened == 2'
  load --url "http://127.0.0.1:$h2c" --endpoint 'GET /' --rate 100 --duration 500ms --http2 --trace-context "${quick[@]}"
  check "HTTP/2 without TLS" json '.[0].error_requests == 0 and .[0].total_requests == 50'
  check "and it was HTTP/2 each time" bash -c '! grep -vq "^HTTP/2.0 " "$1"' _ "$work/nginx/access.log"
  check "with the level's header" [ "$(grep -c '^HTTP/2.0 GET index=0; users=0;' "$work/nginx/access.log")" = 50 ]
else
  skip "HTTP/2" "nginx is not installed"
fi

# --- HdrHistogram's own tool
venv=$root/build/hdrhistogram-venv
if [ ! -x "$venv/bin/python3" ] || ! "$venv/bin/python3" -c 'import hdrh.histogram' 2>/dev/null; then
  { python3 -m venv "$venv" && "$venv/bin/pip" -q install hdrhistogram; } >"$work/venv.log" 2>&1
fi
if "$venv/bin/python3" -c 'import hdrh.histogram' 2>/dev/null; then
  load --url "$url" --endpoint 'GET /' --endpoint 'GET /slow' --rate 50:150:100 --duration 1s --hdr-log "$work/out.hlog" "${quick[@]}"
  python=$venv/bin/python3
  check "HdrHistogram's reader opens --hdr-log and agrees" compare hdr "$work/out.hlog"
  python=
else
  skip "HdrHistogram's reader" "the Python package hdrhistogram cannot be had; see $work/venv.log"
fi

# --- the run file keeps the trace ids
if [ -x "$bin/poolprobe" ] && [ "$(id -u)" = 0 ]; then
  take_log
  "$bin/poolprobe" record -i lo --http-port "$(cat "$work/port")" -o "$work/t.run.db" -- "$poolload" --url "$url" \
    --endpoint 'GET /t' --rate 50 --duration 1s --trace-context "${quick[@]}" >"$work/record.out" 2>"$work/record.err"
  take_log
  jq -r '.[].headers.traceparent | split("-")[1]' "$work/log.json" | sort >"$work/sent-ids"
  sqlite3 "$work/t.run.db" "SELECT trace_id FROM request WHERE route = '/t' AND trace_id <> '' ORDER BY 1" >"$work/kept-ids"
  check "the run file keeps the id of each traceparent" cmp "$work/sent-ids" "$work/kept-ids"
  check "there are fifty of them" [ "$(sort -u "$work/kept-ids" | wc -l)" = 50 ]
  check "the run file has the level's result" [ "$(sqlite3 "$work/t.run.db" "SELECT json_extract(json, '\$.rate') FROM load_result")" = 50 ]
else
  skip "the run file keeps the id of each traceparent" "poolprobe is not built, or not root"
fi

[ "$failures" -eq 0 ]
