#!/usr/bin/env bash
# summary: what LOCK_TIME and the wait tables include, by experiment: one conflict of each kind on a real server, as a table (docs/server.md)
#
# Usage: tests/server/lock_meaning.sh BIN_DIR; POOLPROBE_MYSQLD chooses another server (/usr/sbin/mariadbd).
set -eu
bin=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
finish() {
  "$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
"$root/tools/mysql-server.sh" start --dir "$work/mysql" 2>/dev/null
# shellcheck disable=SC1091
. "$work/mysql/env"
play() { MYSQL_PWD='' "$bin/sqlplay" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root "$@"; }

play >/dev/null <<'EOF'
open a socket
a CREATE DATABASE IF NOT EXISTS lm
a CREATE TABLE lm.t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB
a INSERT INTO lm.t VALUES (1, 1), (2, 2)
EOF

# What the server says, one row a line.
ask() { printf 'open r socket\nrows r %s\n' "$1" | play; }

conflict() { # NAME PATTERN <SCRIPT: the client's wait, the digest that matches PATTERN, and the wait events
  local name=$1 pattern=$2 ms row waits events
  events="'wait/io/table/sql/handler', 'wait/lock/metadata/sql/mdl', 'wait/lock/table/sql/handler'"
  ask "TRUNCATE performance_schema.events_statements_summary_by_digest"
  ask "DROP TABLE IF EXISTS lm.b"
  ask "CREATE TABLE lm.b AS SELECT EVENT_NAME, SUM_TIMER_WAIT FROM performance_schema.events_waits_summary_global_by_event_name WHERE EVENT_NAME IN ($events)"
  play lm >"$work/client"
  ms=$(jq -s '[.[] | select(.name == "b") | .ms] | max | round' "$work/client")
  row=$(ask "SELECT ROUND(MAX(SUM_TIMER_WAIT) / 1e9), ROUND(MAX(SUM_LOCK_TIME) / 1e9) FROM performance_schema.events_statements_summary_by_digest WHERE DIGEST_TEXT LIKE '$pattern'")
  waits=$(ask "SELECT ROUND((w.SUM_TIMER_WAIT - b.SUM_TIMER_WAIT) / 1e9) FROM performance_schema.events_waits_summary_global_by_event_name w JOIN lm.b b USING (EVENT_NAME) ORDER BY EVENT_NAME" | tr '\n' ' ')
  # shellcheck disable=SC2086
  set -- $row $waits
  printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$name" "$ms" "$1" "$2" "$3" "$4" "$5"
}

echo "$MYSQL_FLAVOUR $MYSQL_VERSION; all in ms"
echo
echo "| conflict | client waited | SUM_TIMER_WAIT | SUM_LOCK_TIME | wait/io/table | wait/lock/metadata | wait/lock/table |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
conflict "row, UPDATE" 'UPDATE%' <<'EOF'
open a socket
open b socket
a BEGIN
a UPDATE t SET v = v + 1 WHERE id = 1
b& UPDATE t SET v = v + 1 WHERE id = 1
sleep 500
a COMMIT
wait b
EOF
conflict "row, SELECT FOR UPDATE" '%FOR UPDATE%' <<'EOF'
open a socket
open b socket
a BEGIN
a UPDATE t SET v = v + 1 WHERE id = 1
b& SELECT v FROM t WHERE id = 1 FOR UPDATE
sleep 500
a COMMIT
wait b
EOF
conflict "row, until the timeout" 'UPDATE%' <<'EOF'
open a socket
open b socket
b SET innodb_lock_wait_timeout = 1
a BEGIN
a UPDATE t SET v = v + 1 WHERE id = 1
b UPDATE t SET v = v + 1 WHERE id = 1
a COMMIT
EOF
conflict "metadata, ALTER TABLE" 'ALTER%ADD%' <<'EOF'
open a socket
open b socket
a BEGIN
a SELECT * FROM t
b& ALTER TABLE t ADD COLUMN w INT
sleep 500
a COMMIT
wait b
EOF
conflict "LOCK TABLES" '%MAX%' <<'EOF'
open a socket
open b socket
a LOCK TABLES t WRITE
b& SELECT MAX(v) FROM t
sleep 500
a UNLOCK TABLES
wait b
EOF
