#!/usr/bin/env bash
# summary: trouble made on purpose (row lock, slow commit, 1040, idle transaction, missing index, unseen sessions): the report names each, with the client's figures
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
play=$bin/sqlplay


root_sql() { mysql_root "$1"; }
# Root has no password and comes over the socket.
mysql_root() { printf 'open r socket\nr %s\n' "$1" | MYSQL_PWD='' "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root; }
client() { MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user benchmark_reftarget; }

# record NAME <SCRIPT: plays the script while recording; client's lines in NAME.client, report in NAME.json.
record() {
  cat >"$work/$1.script"
  export MYSQL_PORT MYSQL_SOCKET play
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --poll-interval 200ms \
    --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" -o "$work/$1.run.db" -- bash -c '
      MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user benchmark_reftarget <"$0" >"$1"' \
    "$work/$1.script" "$work/$1.client" >"$work/$1.log" 2>&1 || { cat "$work/$1.log"; return 1; }
  "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json"
}

# near NAME JQ-OF-REPORT JQ-OF-CLIENT: the two numbers differ by at most 10 % (and 2 ms).
near() {
  local a b
  a=$(jq -r "$2" "$work/$1.json")
  b=$(jq -rs "$3" "$work/$1.client")
  echo "report $a, client $b"
  python3 -c "import sys; a, b = float('$a'), float('$b'); sys.exit(abs(a - b) > max(0.1 * b, 2))"
}
found() { jq -e --arg rule "$2" '[.findings[] | select(.rule == $rule)] | length > 0' "$work/$1.json"; }
absent() { jq -e --arg rule "$2" '[.findings[] | select(.rule == $rule)] | length == 0' "$work/$1.json"; }
only() { jq -c '[.findings[].rule]' "$work/$1.json" | sed "s/^/# $1: /"; }

trouble() {
  echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"
  client >/dev/null <<'EOF'
open a
a CREATE TABLE stock (id INT PRIMARY KEY, n INT NOT NULL, code INT NOT NULL) ENGINE=InnoDB
a INSERT INTO stock WITH d AS (SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) SELECT a.i + 10*b.i + 100*c.i + 1000*e.i + 10000*f.i, 0, a.i + 10*b.i + 100*c.i + 1000*e.i + 10000*f.i FROM d a JOIN d b JOIN d c JOIN d e JOIN d f WHERE f.i < 3
EOF
  check "row lock: recorded" record lock <<'EOF'
open a
open b
a BEGIN
a UPDATE stock SET n = n + 1 WHERE id = 7
b& UPDATE stock SET n = n + 2 WHERE id = 7
sleep 2000
a COMMIT
wait b
EOF
  check "row lock: found" found lock row_lock_waits
  check "row lock: InnoDB's time is the client's" near lock '.server.total.row_lock_ms' '[.[] | select(.name == "b") | .ms] | max'
  check "row lock: the wire's slowest run is the client's" near lock \
    '[.queries[] | select(.text | startswith("UPDATE")) | .latency.max_ms] | max' '[.[] | select(.name == "b") | .ms] | max'
  check "row lock: the server's time of the updates is the client's" near lock \
    '[.queries[] | select(.text | startswith("UPDATE")) | .server | .mean_ms * .count] | add' '[.[] | select(.sql | startswith("UPDATE")) | .ms] | add'
  [ "$MYSQL_FLAVOUR" = mariadb ] || check "row lock: and its LOCK_TIME the waiter's (on MySQL)" near lock \
    '[.queries[] | select(.text | startswith("UPDATE")) | .server | .lock_mean_ms * .count] | add' '[.[] | select(.name == "b") | .ms] | max'
  check "row lock: blocker and waiter are the client's sessions" bash -c "
    jq -s '[(.[] | select(.name == \"a\") | .thread_id)][0], [(.[] | select(.name == \"b\") | .thread_id)][0]' '$work/lock.client' | tr '\n' ' ' >'$work/want'
    jq -r '.server.lock_waits[0] | .blocking_thread, .waiting_thread' '$work/lock.json' | tr '\n' ' ' >'$work/got'; cat '$work/want' '$work/got'; cmp '$work/want' '$work/got'"
  check "row lock: the blocker's idle transaction is found" found lock idle_transaction
  check "row lock: its idle time is the client's pause" near lock '.transactions.idle.max_ms' '[.[] | select(.name == "b") | .ms] | max'
  only lock

  for flush in 1 0; do
    root_sql "SET GLOBAL innodb_flush_log_at_trx_commit = $flush" >/dev/null
    check "commits with flush $flush: recorded" record "commit$flush" <<'EOF'
open a
repeat 150 a BEGIN || UPDATE stock SET n = n + 1 WHERE id = #K || COMMIT
sleep 500
EOF
    check "commits with flush $flush: the wire's mean is the client's" near "commit$flush" '.transactions.commit.mean_ms' \
      '[.[] | select(.sql == "COMMIT") | .ms / .count][0]'
    only "commit$flush"
  done
  check "slow commit: not found without flushes" absent commit0 slow_commit
  if jq -e '.transactions.commit.mean_ms >= 0.6' "$work/commit1.json" >/dev/null; then
    check "slow commit: found with a flush a commit" found commit1 slow_commit
  else
    echo "# a flush costs this disk nothing: no slow commit to find"
  fi
  if [ "$MYSQL_FLAVOUR" = mysql ]; then
    check "a flush of the redo log for each commit, next to none without" jq -s -e \
      '.[0].server.total.redo_flushes >= 140 and .[1].server.total.redo_flushes < 50' "$work/commit1.json" "$work/commit0.json"
  else
    check "an fsync for each commit, next to none without" jq -s -e \
      '.[0].server.total.fsyncs >= 140 and .[1].server.total.fsyncs < 50' "$work/commit1.json" "$work/commit0.json"
    check "what the server has no instrument for is named" jq -e '[.server.notes[].text] | any(contains("redo log"))' "$work/commit1.json"
  fi

  root_sql "SET GLOBAL max_connections = 12" >/dev/null
  check "max_connections: recorded" record refused <<'EOF'
idle 30
EOF
  root_sql "SET GLOBAL max_connections = 151" >/dev/null
  check "max_connections: found" found refused max_connections_reached
  # MariaDB tells some of them, or none, in Connection_errors_max_connections, and all in Aborted_connects.
  local counter=refused
  [ "$MYSQL_FLAVOUR" = mysql ] || counter=aborted_connects
  check "max_connections: server and wire count the client's refusals" bash -c "
    jq -s '[.[] | select(.asked) | .asked - .open][0]' '$work/refused.client' >'$work/want'
    jq '.server.total.$counter' '$work/refused.json' >'$work/got'
    jq '[.connections[] | select(.connect_errno == 1040)] | length' '$work/refused.json' >'$work/wire'
    cat '$work/want' '$work/got' '$work/wire'; cmp '$work/want' '$work/got' && cmp '$work/want' '$work/wire'"
  check "max_connections: the finding has the client's number" jq -e --rawfile n "$work/want" \
    '[.findings[] | select(.rule == "max_connections_reached").text | contains(" refused \($n | rtrimstr("\n")) connection")] | length == 1 and all' "$work/refused.json"
  only refused

  check "missing index: recorded" record index <<'EOF'
open a
repeat 30 a SELECT id FROM stock WHERE code = #K
repeat 200 a SELECT id FROM stock WHERE id = #K
sleep 500
EOF
  check "missing index: found" found index missing_index
  check "missing index: 30,000 rows a run, one of them sent" jq -e \
    '[.queries[] | select(.text | test("code"; "i")) | .server] | .[0].rows_examined == 900000 and .[0].rows_sent == 30' "$work/index.json"
  check "missing index: the wire's mean is the client's" near index \
    '[.queries[] | select(.text | test("code"; "i")) | .latency.mean_ms][0]' '[.[] | select(.sql | test("code")) | .ms / .count][0]'
  check "the server's digests are joined to every query of the wire" jq -e \
    '[.queries[] | select(.text | startswith("[") | not) | .server.count == .count] | length == 2 and all' "$work/index.json"
  only index

  check "unseen: recorded" record unseen <<'EOF'
open p
open s socket
repeat 60 p SELECT 1
repeat 40 s SELECT 2
sleep 1500
EOF
  check "unseen: the local socket's statements and their share" jq -e \
    '.coverage.unseen[0] | .why == "local socket" and .statements == 40 and (.share - 0.4 | fabs) < 0.02' "$work/unseen.json"
  check "unseen: the wire's connection is counted alike by the server" jq -e \
    '[.connections[] | select(.server_statements == 60)] | length == 1' "$work/unseen.json"
}

start_mysql
trouble
"$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
if command -v mariadbd >/dev/null; then
  rm -rf "$work/mysql"
  export POOLPROBE_MYSQLD=$(command -v mariadbd)
  start_mysql
  trouble
else
  echo "# skipped: no mariadbd on this machine"
fi
[ "$failures" -eq 0 ]
