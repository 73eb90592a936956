#!/usr/bin/env bash
# summary: bad input of every kind: one clear line that names the remedy, the exit status of docs/cli.md, nothing recorded lost
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"

# expect NAME STATUS PATTERN COMMAND…: that exit status, and exactly one line on stderr that matches the pattern.
expect() {
  local name=$1 status=$2 pattern=$3 rc lines
  shift 3
  timeout 60 "$@" >"$work/out" 2>"$work/err"
  rc=$?
  lines=$(wc -l <"$work/err")
  if [ "$rc" -eq "$status" ] && [ "$lines" -eq 1 ] && grep -Eqi -- "$pattern" "$work/err"; then
    echo "ok - $name"
  else
    echo "not ok - $name: status $rc (wanted $status), $lines lines on stderr (wanted 1 matching '$pattern')"
    sed 's/^/    /' "$work/err" | head -20
    failures=$((failures + 1))
  fi
}

probe=$bin/poolprobe
run=$work/x.run.db

expect "unknown command" 2 "poolprobe --help" "$probe" recrod
expect "unknown option, the near one suggested" 2 "duration" "$probe" record --durations 3
expect "bad port" 2 "mysql-port" "$probe" record --mysql-port 99999
expect "a port in both lists" 2 "both" "$probe" record --mysql-port 8080
expect "-i with -r" 2 "exclude" "$probe" record -i lo -r x.pcap
expect "command without --" 2 "'--'" "$probe" record true
expect "no such interface, with those there are" 1 "nosuch0.*lo" "$probe" record -i nosuch0 -o "$run"
check "a failed start leaves no run behind" test ! -e "$run"

# Without the right to capture: as an unprivileged user.
chmod 755 "$work"
mkdir -p "$work/nobody" && chown nobody "$work/nobody"
cp "$probe" "$work/nobody/poolprobe" && chmod 755 "$work/nobody/poolprobe"
if setpriv --reuid nobody --clear-groups true 2>/dev/null; then
  expect "no permission to capture" 1 "root|cap_net_raw|setcap" \
    setpriv --reuid nobody --clear-groups "$work/nobody/poolprobe" record -i lo -o "$work/nobody/y.run.db"
else
  echo "# skipped: setpriv to another user does not work here"
fi

expect "a capture file that is not there" 1 "no such file|cannot open" "$probe" record -r "$work/none.pcap" -o "$run"
head -c 4000 /dev/urandom >"$work/noise"
expect "a foreign file as a capture" 1 "pcap" "$probe" record -r "$work/noise" -o "$run"
: >"$work/empty"
expect "an empty file as a capture" 1 "pcap|empty" "$probe" record -r "$work/empty" -o "$run"
expect "a foreign file for dump" 1 "pcap" "$probe" dump -r "$work/noise"

echo "not a run" >"$work/text.run.db"
expect "a run file that is none" 1 "not a run" "$probe" report "$work/text.run.db"
expect "no run file" 1 "no such|does not exist|cannot" "$probe" report "$work/none.run.db"
expect "a folder as a run file" 1 "." "$probe" report "$work"
python3 - "$work" <<'EOF'
import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/version.run.db")
db.execute("PRAGMA application_id = 0x506c7072")
db.execute("PRAGMA user_version = 99")
db.execute("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT)")
db.commit()
EOF
expect "a run of another version" 1 "version" "$probe" report "$work/version.run.db"
expect "report without a run" 2 "run" "$probe" report
expect "bad --format" 2 "format" "$probe" report --format yaml "$work/text.run.db"
expect "bad --by" 2 "no part" "$probe" report --by nothing "$work/text.run.db"
expect "diff with one run" 2 "two|run" "$probe" diff "$work/text.run.db"

# A live recording with hardly any traffic, for what follows.
check "an idle recording ends by itself" "$probe" record -i lo --duration 300ms -o "$run"
check "an existing run is kept as .old" bash -c "'$probe' record -i lo --duration 200ms -o '$run' && test -e '$run.old'"
check "the report of an empty run says what is not there" bash -c "'$probe' report '$run' | grep -Eqi 'no (requests|http|mysql|statements|traffic)'"
check "an empty run as JSON" bash -c "'$probe' report '$run' --format json | jq -e '.schema == \"poolprobe.report/1\" and .levels == []'"

expect "a COMMAND that is not there" 1 "nosuchcommand" "$probe" record -i lo -o "$run" -- nosuchcommand
expect "a COMMAND that fails, named with its status" 1 "status 3" "$probe" record -i lo -o "$run" -- bash -c 'exit 3'
check "… its run is readable" "$probe" report "$run"
check "Ctrl-C ends a recording cleanly" bash -c "
  '$probe' record -i lo -o '$run' >'$work/int.log' 2>&1 & p=\$!
  for i in \$(seq 50); do [ -e '$run-wal' ] && break; sleep 0.1; done
  kill -INT \$p; wait \$p; rc=\$?; cat '$work/int.log'; [ \$rc -eq 0 ] && '$probe' report '$run'"

expect "password in the URI is refused" 1 "MYSQL_PWD" "$probe" record -i lo --server mysql://u:secret@127.0.0.1:1 -o "$run"
expect "server unreachable" 1 "running|reach|refused" "$probe" record -i lo --server mysql://u@127.0.0.1:1 -o "$run"
start_mysql
expect "wrong password" 1 "password|denied" env MYSQL_PWD=wrong \
  "$probe" record -i lo --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -o "$run"
check "no password in the run file" bash -c "
  MYSQL_PWD=probe_pass '$probe' record -i lo --mysql-port $MYSQL_PORT --duration 300ms --server mysql://poolprobe@127.0.0.1:$MYSQL_PORT -o '$run' &&
  ! grep -a probe_pass '$run'"
check "no argument of COMMAND in the run file" bash -c "
  '$probe' record -i lo -o '$run' -- true --password=hunter2 && ! grep -a hunter2 '$run' && grep -aq -- '-- true' '$run'"
expect "reftarget: port taken" 1 "port|address" env MYSQL_PWD=benchmark_pass "$bin/reftarget" --port "$MYSQL_PORT" \
  --mysql "mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget" --pool-min 1 --pool-max 1 --work-dir "$work"
expect "reftarget: wrong password" 1 "password|denied" env MYSQL_PWD=wrong "$bin/reftarget" --port "$(free_port)" \
  --mysql "mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget" --pool-min 1 --pool-max 1 --work-dir "$work"
expect "reftarget: server unreachable" 1 "reach|running|connect" env MYSQL_PWD=x "$bin/reftarget" --port "$(free_port)" \
  --mysql "mysql://benchmark_user@127.0.0.1:1/benchmark_reftarget" --pool-min 1 --pool-max 1 --work-dir "$work"
expect "poolload: target refuses" 1 "refuse|reach|connect" "$bin/poolload" --url "http://127.0.0.1:1" \
  --endpoint 'GET /' --users 1 --duration 300ms -o "$work/r.json"
expect "poolload: bad range" 2 "users" "$bin/poolload" --url "http://127.0.0.1:1" --endpoint 'GET /' --users 5:1:1

# A capture of real traffic: cut off, and a full disk.
(
  sleep 0.5
  printf 'GET / HTTP/1.0\r\n\r\n' | timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$MYSQL_PORT; head -c 20 <&3 >/dev/null"
) &
check "records some packets" "$probe" record -i lo --mysql-port "$MYSQL_PORT" --duration 1500ms -w "$work/some.pcap" -o "$run"
size=$(stat -c %s "$work/some.pcap")
head -c $((size - 7)) "$work/some.pcap" >"$work/cut.pcap"
expect "a cut-off capture: recorded, with exit status 3" 3 "ends inside" "$probe" record -r "$work/cut.pcap" \
  --mysql-port "$MYSQL_PORT" -o "$work/cut.run.db"
check "… and its report says so" bash -c "'$probe' report '$work/cut.run.db'; [ \$? -eq 3 ]"

expect "an existing foreign file is not overwritten" 1 "not a run|refus" "$probe" record -r "$work/some.pcap" -o "$work/text.run.db"
check "… and is still there" grep -q "not a run" "$work/text.run.db"
if setpriv --reuid nobody --clear-groups true 2>/dev/null; then
  chmod 644 "$work/some.pcap"
  expect "a folder that cannot be written" 1 "permission|cannot" \
    setpriv --reuid nobody --clear-groups "$work/nobody/poolprobe" record -r "$work/some.pcap" -o /root/y.run.db
fi

if mkdir "$work/small" && mount -t tmpfs -o size=768k tmpfs "$work/small" 2>/dev/null; then
  "$probe" record -i lo --mysql-port "$MYSQL_PORT" -o "$work/small/x.run.db" -- bash -c "
    for i in \$(seq 1500); do (exec 3<>/dev/tcp/127.0.0.1/$MYSQL_PORT; head -c 5 <&3 >/dev/null) 2>/dev/null; done; sleep 1" \
    >"$work/full.log" 2>"$work/full.err"
  rc=$?
  check "disk full: exit status 1 and the disk is named" bash -c "[ $rc -eq 1 ] && grep -i 'full\|space' '$work/full.err'"
  "$probe" report "$work/small/x.run.db" >"$work/full.report" 2>&1
  rc=$?
  check "disk full: what was recorded stays readable" bash -c "cat '$work/full.report'; [ $rc -eq 0 ] || [ $rc -eq 3 ]"
  head -c 1M /dev/zero >"$work/small/filler" 2>/dev/null
  expect "disk full: report -o says so" 1 "full|space" "$probe" report "$run" --format html -o "$work/small/big.html"
  umount "$work/small"
else
  echo "# skipped: no tmpfs can be mounted here"
fi
check "a full pipe's reader that goes away ends report quietly or with one line" bash -c "'$probe' report '$run' | head -c 1 >/dev/null; true"

[ "$failures" -eq 0 ]
