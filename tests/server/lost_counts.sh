#!/usr/bin/env bash
# summary: how many statements performance_schema's counters by account lose when many sessions end at once, by experiment (docs/server.md)
#
# Usage: tests/server/lost_counts.sh BIN_DIR [ROUNDS]; POOLPROBE_MYSQLD chooses another server (/usr/sbin/mariadbd).
# Each round: 60 sessions of one account run 50 statements each; all are answered; then the client is killed, and
# the server ends the 60 sessions together. In the comparison they are closed one after the other.
set -eu
bin=$(cd "$1" && pwd)
rounds=${2:-20}
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
sessions=60 statements=50
play() { MYSQL_PWD='' "$bin/sqlplay" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" "$@"; }
ask() { printf 'open r socket\nrows r %s\n' "$1" | play root; }
counted() {
  ask "SELECT COALESCE(SUM(COUNT_STAR), 0) FROM performance_schema.events_statements_summary_by_account_by_event_name WHERE USER = 'lost' AND EVENT_NAME LIKE 'statement/sql/%'"
}
await_none() {
  until [ "$(ask "SELECT COUNT(*) FROM information_schema.processlist WHERE USER = 'lost'")" = 0 ]; do sleep 0.05; done
}
script() {
  for i in $(seq "$sessions"); do
    echo "open c$i tcp"
    echo "repeat $statements c$i DO 1"
  done
}
round() { # together|in-turn: what the server missed of the round's statements
  local before pid
  before=$(counted)
  if [ "$1" = together ]; then
    mkfifo "$work/in"
    MYSQL_PWD='' stdbuf -oL "$bin/sqlplay" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" lost <"$work/in" >"$work/out" &
    pid=$!
    exec 4>"$work/in"
    script >&4
    until [ "$(wc -l <"$work/out")" -eq "$sessions" ]; do sleep 0.05; done
    kill -9 "$pid"
    wait "$pid" 2>/dev/null || true
    exec 4>&-
    rm "$work/in"
  else
    { script; for i in $(seq "$sessions"); do echo "close c$i"; done; } | play lost >"$work/out"
  fi
  await_none
  echo $((before + sessions * statements - $(counted)))
}
ask "CREATE USER lost@'%'" >/dev/null
printf '%s, %s rounds of %s statements\n' "$MYSQL_FLAVOUR $MYSQL_VERSION" "$rounds" $((sessions * statements))
for how in in-turn together; do
  for ((k = 0; k < rounds; k++)); do round "$how"; done >"$work/missed"
  awk -v how="$how" -v all=$((sessions * statements * rounds)) '{ n += $1; hit += $1 > 0; if ($1 > most) most = $1 }
    END { printf "sessions end %-8s missed %d of %d statements, in %d rounds, %d at most\n", how, n, all, hit, most }' "$work/missed"
done
