#!/usr/bin/env bash
# summary: servers that do not tell, restart or are emptied while recording, hostile texts and names: clear lines, no negative delta, nothing injected
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
play=$bin/sqlplay

root_sql() { printf 'open r socket\nr %s\n' "$1" | MYSQL_PWD='' "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root; }
record() { # NAME USER PASSWORD COMMAND…
  local name=$1 user=$2 password=$3
  shift 3
  MYSQL_PWD=$password "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --poll-interval 200ms \
    --server "mysql://$user@127.0.0.1:$MYSQL_PORT" -o "$work/$name.run.db" -- "$@" >"$work/$name.log" 2>"$work/$name.err"
  local rc=$?
  "$bin/poolprobe" report "$work/$name.run.db" --format json -o "$work/$name.json" 2>>"$work/$name.err"
  cat "$work/$name.err"
  [ $rc -eq 0 ] || [ $rc -eq 3 ]
}
notes() { jq -e --arg words "$2" '[.server.notes[].text] | any(contains($words))' "$work/$1.json"; }
once() { [ "$(grep -c -- "$2" "$work/$1.err")" -eq 1 ]; }
# No delta of any table is below zero.
no_negative() {
  [ "$(sqlite3 "$work/$1.run.db" "SELECT (SELECT count(*) FROM ps_statement WHERE min(count, timer_ns, lock_ns, errors, rows_sent, rows_examined, no_index) < 0) + (SELECT count(*) FROM ps_event WHERE min(count, timer_ns, bytes) < 0)")" = 0 ]
}

family() {
  echo "# $MYSQL_FLAVOUR $MYSQL_VERSION"
  check "no rights: recorded all the same" record rights benchmark_user benchmark_pass sleep 1
  check "no rights: what is missing is named, with the remedy, once" bash -c "
    [ \$(grep -c 'probe_grants.sql' '$work/rights.err') -ge 1 ] && [ -z \"\$(sort '$work/rights.err' | uniq -d)\" ]"
  check "no rights: the report is whole" jq -e '.server.polls >= 1' "$work/rights.json"

  root_sql "UPDATE performance_schema.setup_consumers SET ENABLED='NO' WHERE NAME='statements_digest'" >/dev/null
  check "a consumer off: recorded" record consumer poolprobe probe_pass sleep 1
  check "a consumer off: named with the statement that turns it on" notes consumer "SET ENABLED='YES' WHERE NAME='statements_digest'"
  root_sql "UPDATE performance_schema.setup_consumers SET ENABLED='YES' WHERE NAME='statements_digest'" >/dev/null

  export MYSQL_PORT MYSQL_SOCKET play
  check "TRUNCATE while recording: recorded" record truncate poolprobe probe_pass bash -c '
    printf "open a\nrepeat 300 a SELECT 1\nsleep 700\nrepeat 300 a SELECT 1\nsleep 700\n" |
      MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null &
    sleep 0.5
    printf "open r socket\nr TRUNCATE performance_schema.events_statements_summary_by_digest\n" | MYSQL_PWD= "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root >/dev/null
    wait'
  check "TRUNCATE: told" notes truncate "emptied (TRUNCATE)"
  check "TRUNCATE: no negative delta" no_negative truncate
  check "FLUSH STATUS, and TRUNCATE of every table that is read: recorded" record resets poolprobe probe_pass bash -c '
    printf "open a\nrepeat 100 a BEGIN || SELECT 1 || COMMIT\nsleep 1200\nrepeat 60 a SELECT 1\nsleep 600\n" |
      MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null &
    sleep 0.9
    { printf "open r socket\nr FLUSH STATUS\n"
      for t in transactions_summary_global_by_event_name waits_summary_global_by_event_name statements_summary_by_digest \
        statements_summary_by_account_by_event_name; do printf "r TRUNCATE performance_schema.events_%s\n" "$t"; done
      printf "r TRUNCATE performance_schema.file_summary_by_event_name\n"
    } | MYSQL_PWD= "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root >/dev/null
    wait'
  local words
  for words in "counts of transactions" "waits or files" "statement digests"; do
    check "… told: $words" notes resets "$words"
  done
  [ "$MYSQL_FLAVOUR" = mysql ] || check "… told: status counters (MySQL's FLUSH STATUS leaves the global ones)" notes resets "FLUSH STATUS"
  check "… no negative delta" no_negative resets
  check "… coverage is not known, and why" jq -e '.coverage | .server_statements == null and (.why_not | test("truncated"))' "$work/resets.json"
  check "TRUNCATE: at most what ran is counted" jq -e '[.server.digests[] | select((.text | rtrimstr(" ")) == "SELECT ?") | .count] | add | . >= 300 and . <= 600' "$work/truncate.json"

  # Names and texts that mean something to a terminal, to HTML, to JSON or to a spreadsheet: of users, schemas, aliases and values; read
  # on the wire, over the socket and encrypted.
  local esc h_user h_schema
  esc=$(printf '\033')
  h_user="=1+1<b>\"},{${esc}[31m"
  h_schema="<i>h0stile\"'${esc}[2J"
  root_sql "CREATE DATABASE \`$h_schema\`" >/dev/null
  root_sql "CREATE USER '$h_user'@'127.0.0.1' IDENTIFIED BY 'h'" >/dev/null
  root_sql "CREATE USER '$h_user'@'localhost' IDENTIFIED BY 'h'" >/dev/null
  root_sql "GRANT ALL ON \`$h_schema\`.* TO '$h_user'@'127.0.0.1'" >/dev/null
  root_sql "GRANT ALL ON \`$h_schema\`.* TO '$h_user'@'localhost'" >/dev/null
  {
    printf 'open a\nopen s socket\n'
    [ "$MYSQL_FLAVOUR" = mysql ] && printf 'open t tls\n'
    printf 'a CREATE TABLE `=h0stile<img src=x onerror=alert(1)>` (`-1"` INT)\n'
    printf 'a INSERT INTO `=h0stile<img src=x onerror=alert(1)>` VALUES (1)\n'
    printf 'a SELECT 1 AS `\377\376\302\233 31m\342\200\256`\n'
    printf 'repeat 20 a SELECT 1 AS `<script>alert(1)</script>%s[31m","x":{`\n' "$esc"
    printf 'repeat 20 a =cmd|h0stile\n'
    printf 'repeat 20 s SELECT 2 AS `</script>alert(1)%s]0;x\007`\n' "$esc"
    printf 'sleep 1500\n'
    [ "$MYSQL_FLAVOUR" = mysql ] && printf 'repeat 20 t SELECT 3 AS `<img src=x onerror=alert(1)>%s`\n' "$esc"
    printf 'sleep 1500\n'
  } >"$work/hostile.script"
  export work h_user h_schema
  check "hostile texts and names: recorded" record hostile poolprobe probe_pass bash -c '
    MYSQL_PWD=h "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" "$h_user" "$h_schema" <"$work/hostile.script" >"$work/hostile.client"'
  check "… they were run" bash -c "jq -es 'map(select(.sql | test(\"script>\")) | select(.count == 20 and .errno == 0)) | length == 2' '$work/hostile.client'"
  check "… nothing on the terminal while recording" bash -c "! grep -q '$esc' '$work/hostile.log' '$work/hostile.err'"
  "$bin/poolprobe" report "$work/hostile.run.db" >"$work/hostile.txt"
  for part in query connection pool transaction; do "$bin/poolprobe" report "$work/hostile.run.db" --by $part >>"$work/hostile.txt"; done
  "$bin/poolprobe" report "$work/hostile.run.db" --format html -o "$work/hostile.html"
  "$bin/poolprobe" report "$work/hostile.run.db" --format csv --by query -o "$work/hostile.csv"
  check "… text, JSON, page and CSV hold them all, and none of them is more than text" python3 "$root/tests/e2e/check_hostile.py" "$work" hostile

  check "restart while recording: recorded" record restart poolprobe probe_pass bash -c "
    printf 'open a\nrepeat 200 a SELECT 1\n' | MYSQL_PWD=benchmark_pass '$play' 127.0.0.1 $MYSQL_PORT '$MYSQL_SOCKET' benchmark_user >/dev/null
    '$root/tools/mysql-server.sh' stop --dir '$work/mysql' && sleep 4 && '$root/tools/mysql-server.sh' start --dir '$work/mysql' --port $MYSQL_PORT \$CONF
    printf 'open a\nrepeat 100 a SELECT 2\nsleep 4000\nrepeat 100 a SELECT 2\nsleep 1000\n' | MYSQL_PWD=benchmark_pass '$play' 127.0.0.1 $MYSQL_PORT '$MYSQL_SOCKET' benchmark_user >/dev/null"
  check "restart: lost and found again" bash -c "jq -e '[.server.notes[].kind] | (index(\"lost\") != null) and (index(\"reconnect\") != null) and (index(\"restart\") != null)' '$work/restart.json'"
  check "restart: no negative delta" no_negative restart
  check "no password in the run files and the logs" bash -c "! grep -a probe_pass '$work'/*.run.db '$work'/*.err '$work'/*.log"
}

# Global defaults that would cut the answers, end the session or keep the probe's transactions open.
printf '[mysqld]\nperformance-schema-digests-size = 60\nsql-mode = ANSI,TRADITIONAL\nautocommit = OFF\nwait-timeout = 1\nlock-wait-timeout = 2\n' >"$work/small.cnf"
printf '[mysqld]\nperformance-schema = OFF\n' >"$work/off.cnf"
export CONF=
start_mysql
family
"$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
start_mysql --conf "$work/small.cnf"
export MYSQL_PORT MYSQL_SOCKET play
check "a full table of digests: recorded" record full poolprobe probe_pass bash -c '
  printf "open a\nrepeat 200 a SELECT 1 AS c#K\nsleep 600\nrepeat 50 a SELECT 1 AS d#K\nsleep 600\n" | MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null'
check "a full table of digests: told" notes full "digests"
root_sql "SET GLOBAL sql_select_limit = 1" >/dev/null
root_sql "SET GLOBAL max_execution_time = 1" >/dev/null
check "global settings against it: recorded" record settings poolprobe probe_pass bash -c '
  printf "open a\nrepeat 20 a SELECT 1 AS e#K\nsleep 1500\n" | MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null
  printf "open r socket\nr TRUNCATE performance_schema.events_statements_summary_by_digest\n" | MYSQL_PWD= "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" root'
check "… the server emptied a table meanwhile: the poller holds no lock" grep -q '"errno":0' "$work/settings.log"
check "… nothing is missing or lost" jq -e '[.server.notes[] | select(.kind == "missing" or .kind == "lost")] | length == 0' "$work/settings.json"
check "… every answer was whole" jq -e '(.server.digests | length > 1) and .coverage.ratio == 1' "$work/settings.json"
check "a full table of digests: no statement of it is lost" jq -e '[.server.digests[].count] | add >= 250' "$work/full.json"
"$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
start_mysql --conf "$work/off.cnf"
check "performance_schema off: recorded" record off poolprobe probe_pass sleep 1
check "performance_schema off: told with the remedy" notes off "performance_schema=ON"
check "performance_schema off: status counters are there" jq -e '.server.total.threads_connected >= 0' "$work/off.json"
"$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
if command -v mariadbd >/dev/null; then
  rm -rf "$work/mysql"
  export POOLPROBE_MYSQLD=$(command -v mariadbd)
  start_mysql
  family

  # Another server behind the same address, with a past of its own that is larger than what the first one counted.
  mariadb_port=$MYSQL_PORT
  printf 'open a\nrepeat 2000 a SELECT 1\n' | MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null
  unset POOLPROBE_MYSQLD
  "$root/tools/mysql-server.sh" start --dir "$work/first" 2>/dev/null
  # shellcheck disable=SC1091
  . "$work/first/env"
  echo "$MYSQL_PORT" >"$work/target"
  python3 "$root/tests/e2e/forward.py" "$work/target" "$work/forward.port" &
  pids+=($!)
  for _ in $(seq 200); do [ -s "$work/forward.port" ] && break; sleep 0.05; done
  MYSQL_PORT=$(cat "$work/forward.port")
  export mariadb_port
  check "another server answers: recorded" record replaced poolprobe probe_pass bash -c '
    printf "open a\nrepeat 50 a SELECT 1\nsleep 500\n" | MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null
    echo "$mariadb_port" >"$work/target"
    sleep 2.5
    printf "open a\nrepeat 70 a SELECT 1\nsleep 1000\n" | MYSQL_PWD=benchmark_pass "$play" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user >/dev/null'
  check "… told" jq -e '[.server.notes[].kind] | index("replaced") != null and index("restart") == null' "$work/replaced.json"
  check "… its past is not counted" jq -e '[.server.digests[] | select((.text | rtrimstr(" ")) == "SELECT ?") | .count] | add <= 120' "$work/replaced.json"
  check "… coverage is not known, and why" jq -e '.coverage | .server_statements == null and (.why_not | test("replaced"))' "$work/replaced.json"
  "$root/tools/mysql-server.sh" stop --dir "$work/first" >/dev/null 2>&1
else
  echo "# skipped: no mariadbd on this machine"
fi
[ "$failures" -eq 0 ]
