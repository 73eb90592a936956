#!/usr/bin/env bash
# summary: poolprobe top on a real server: driven in tmux, plain text in a pipe, a replayed file, hostile texts, refusals
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
here=$root/tests/e2e
top=$bin/poolprobe

start_mysql --conf published.cnf
http_port=$(free_port)
echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"
uri="mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget"
ports=(--mysql-port "$MYSQL_PORT" --http-port "$http_port")
MYSQL_PWD=benchmark_pass "$bin/reftarget" --setup --mysql "$uri" --port "$http_port" --pool-min 3 --pool-max 3 \
  --work-dir "$work" 2>"$work/target.log" &
pids+=($!)
wait_for "$work/target.log" ready "$!" || { cat "$work/target.log"; echo "not ok - the target did not start"; exit 1; }
# Starts before top: its connections are picked up in the middle, or (first of all) from their first byte below.
"$bin/poolload" --url "http://127.0.0.1:$http_port" --endpoint 'POST /io-intensive' --endpoint 'GET /users' \
  --users 8 --duration 120s --warmup 0s --think 5ms:20ms -o "$work/results.json" >"$work/load.log" 2>&1 &
load=$!
pids+=("$load")

check "in a pipe: three frames of plain text, then the end" bash -c \
  "timeout 20 '$top' top -i lo ${ports[*]} -d 500ms -n 3 >'$work/batch.txt'; case \$? in 0 | 3) ;; *) exit 1 ;; esac; [ \$(grep -c '^poolprobe top ' '$work/batch.txt') = 3 ] &&
   ! grep -q '[[:cntrl:]]' '$work/batch.txt' && grep -Eq '^requests +[1-9]' '$work/batch.txt'"
timeout 3 "$top" record -i lo "${ports[@]}" -w "$work/some.pcap" --duration 2s -o "$work/some.run.db" >"$work/record.log" 2>&1
replayed() { # the figures of a replay are the file's, at any speed
  local speed
  for speed in 0 4; do
    timeout 20 "$top" top -b -r "$work/some.pcap" "${ports[@]}" --speed "$speed" -d 500ms >"$work/replay.$speed"
    # 3: the recording began in the middle of connections, of which the rest of a message is missing.
    case $? in 0 | 3) ;; *) return 1 ;; esac
  done
  cut -c 1-60 "$work/replay.0" | grep -c '^requests'
  diff "$work/replay.0" "$work/replay.4"
}
check "a file: the same frames at four times its speed and without waiting" replayed
python3 "$here/top_end.py" "$work" "$root/tests/golden/captures/mariadb-c-txn.pcap" "$top" top --mysql-port 23307 || failures=$((failures + 1))
full() { timeout 20 "$top" top -b -r "$work/some.pcap" "${ports[@]}" --speed 0 >/dev/full; [ $? -eq 1 ]; }
check "a full output ends it with 1" full
refused() { # STATUS OPTION…
  local want=$1 rc=0
  shift
  timeout 10 "$top" top "$@" </dev/null >"$work/out" 2>"$work/err" || rc=$?
  cat "$work/err"
  [ "$rc" -eq "$want" ] && [ "$(wc -l <"$work/err")" -eq 1 ]
}
check "refused: a file and an interface" refused 2 -i lo -r "$work/some.pcap"
check "refused: an unknown key to sort by" refused 2 --sort size
check "refused: an interface that is not there" refused 1 -i nothing0 -n 1
check "refused: a file that is no capture" refused 1 -r "$work/load.log"

if command -v tmux >/dev/null; then
  python3 "$here/top_drive.py" "$work" "$top" top -i lo "${ports[@]}" -d 1s -Z root || failures=$((failures + 1))
else
  echo "not ok - tmux is missing: tools/install-deps.sh --tests"
  failures=$((failures + 1))
fi
exit "$((failures > 0))"
