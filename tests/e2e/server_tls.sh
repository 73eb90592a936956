#!/usr/bin/env bash
# summary: encrypted connections: exchanges on the wire, statements from performance_schema, paired for certain or not at all, with the client's figures
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
play=$bin/sqlplay

record() { # NAME <SCRIPT
  cat >"$work/$1.script"
  export MYSQL_PORT MYSQL_SOCKET play
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --poll-interval 200ms \
    --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -o "$work/$1.run.db" -- bash -c '
      MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user benchmark_reftarget <"$0" >"$1"' \
    "$work/$1.script" "$work/$1.client" >"$work/$1.log" 2>&1 || { cat "$work/$1.log"; return 1; }
  "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json"
}
of_tls() { jq -e "[.tls.queries[] | select(.text | test(\"$2\"; \"i\"))] | $3" "$work/$1.json"; }
# near NAME TEXT CLIENT-TEXT: the paired mean on the wire is the client's, within 10 % and 1 ms.
near() {
  local a b
  a=$(jq -r "[.tls.queries[] | select(.text | test(\"$2\"; \"i\")) | .latency.mean_ms][0]" "$work/$1.json")
  b=$(jq -rs "[.[] | select(.sql == \"$3\")] | (map(.ms) | add) / (map(.count) | add)" "$work/$1.client")
  echo "report $a, client $b"
  python3 -c "import sys; a, b = float('$a'), float('$b'); sys.exit(abs(a - b) > 0.1 * b + 1)"
}

family() {
  echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"
  # Two sessions with rhythms of their own, one of them with statements that follow at once.
  check "encrypted: recorded" record tls <<'EOS'
open a tls
open b tls
sleep 1500
repeat 40 a SELECT SLEEP(0.020) AS slow_a || SELECT 1 AS quick_a
sleep 500
repeat 40 b SELECT 1 AS quick_b || SELECT 2 AS second_b, SLEEP(0.006) || SELECT 3 AS third_b, 3
sleep 4000
EOS
  check "encrypted: both connections, none of their statements on the wire" jq -e \
    '.coverage.connections_by_visibility.tls == 2 and .coverage.wire_statements == 0 and .tls.connections == 2' "$work/tls.json"
  check "encrypted: every exchange is there" jq -e '.tls.exchanges >= 200 and .tls.exchanges <= 220' "$work/tls.json"
  check "encrypted: most of the statements that the server remembered are paired" jq -e \
    '.tls | .paired >= 150 and .paired >= 0.8 * .statements and .statements == .paired + .edge + .ambiguous + .disagree + .unseen + .untimed' \
    "$work/tls.json"
  check "encrypted: the client's mean, slow" near tls slow_a "SELECT SLEEP(0.020) AS slow_a"
  check "encrypted: the client's mean, among quick ones" near tls second_b "SELECT 2 AS second_b, SLEEP(0.006)"
  # One that was given to a neighbour would show here: no slow one is shorter than its sleep.
  check "encrypted: none is given another's exchange" of_tls tls 'slow_a|second_b|quick|third' \
    'length == 5 and (map(select(.text | test("slow_a"; "i")) | .latency.min_ms >= 20) | all) and (map(select(.text | test("second_b"; "i")) | .latency.min_ms >= 6) | all)'
  check "encrypted: the session's share is named" jq -e '.coverage.unseen[] | select(.why == "encrypted or compressed") | .statements >= 200' "$work/tls.json"
  check "encrypted: in the text's query table, as inferred" bash -c "
    '$bin/poolprobe' report '$work/tls.run.db' --by query | tee '$work/tls.txt' | grep -q 'inferred' && grep -qi 'slow_a' '$work/tls.txt'"
  check "encrypted: in the page" bash -c "'$bin/poolprobe' report '$work/tls.run.db' --format html -o '$work/tls.html'; grep -q 'Encrypted connections' '$work/tls.html' && grep -qi slow_a '$work/tls.html'"

  # Several statements in one command: the exchanges do not fit, so nothing of that session is paired.
  check "several in one: recorded" record several <<'EOS'
open a tls
sleep 1500
repeat 30 a SELECT 1 AS one_m, SLEEP(0.003); SELECT 2 AS two_m, SLEEP(0.002)
sleep 4000
EOS
  check "several in one: known, and none paired" of_tls several '(one|two)_m' 'length == 2 and all(.count > 0 and .paired == 0)'
  check "several in one: said" jq -e '.tls.disagree > 0' "$work/several.json"

  root_sql() { printf 'open r socket\nr %s\n' "$1" | MYSQL_PWD='' "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root; }
  root_sql "UPDATE performance_schema.setup_consumers SET ENABLED='NO' WHERE NAME='events_statements_history'" >/dev/null
  check "the consumer is off: recorded" record off <<'EOS'
open a tls
sleep 1000
repeat 30 a SELECT 1 AS one_off
sleep 600
EOS
  check "the consumer is off: told with the statement that turns it on" jq -e \
    '[.server.notes[].text] | any(contains("SET ENABLED='"'YES'"' WHERE NAME='"'events_statements_history'"'"))' "$work/off.json"
  check "the consumer is off: the exchanges are there" jq -e '.tls.exchanges >= 30 and .tls.paired == 0' "$work/off.json"
}

# A history that holds every statement of the scripts, so that the means are of the same statements as the client's.
printf '[mysqld]\nperformance-schema-events-statements-history-size = 200\n' >"$work/history.cnf"
start_mysql --conf "$work/history.cnf"
family
"$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
if command -v mariadbd >/dev/null; then
  # MySQL makes its own certificate; MariaDB 10.11 is given one.
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
  chmod 644 "$work/key.pem"
  chmod 755 "$work"
  printf '[mysqld]\nperformance-schema-events-statements-history-size = 200\nssl-cert = %s\nssl-key = %s\n' "$work/cert.pem" "$work/key.pem" >"$work/tls.cnf"
  rm -rf "$work/mysql"
  export POOLPROBE_MYSQLD=$(command -v mariadbd)
  start_mysql --conf "$work/tls.cnf"
  family
else
  echo "# skipped: no mariadbd on this machine"
fi
[ "$failures" -eq 0 ]
