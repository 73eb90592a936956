#!/usr/bin/env bash
# summary: poolprobe doctor on real servers: all well, rights missing, performance_schema off; record gives root up; no password leaks
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
probe=$bin/poolprobe
password=s3cret-Pr0be-passw0rd

doctor() { # STATUS OPTION…: runs it, JSON into $work/doctor.json; true when it ends with STATUS
  local want=$1 rc=0
  shift
  timeout 60 "$probe" doctor --format json "$@" >"$work/doctor.json" 2>"$work/doctor.err" || rc=$?
  cat "$work/doctor.json" "$work/doctor.err"
  [ "$rc" -eq "$want" ]
}
verdict() { # NAME VERDICT PATTERN: a check of that name has the verdict and the words
  jq -e --arg n "$1" --arg v "$2" --arg p "$3" \
    'any(.checks[]; .name == $n and .verdict == $v and ((.text + " " + (.remedy // "")) | test($p)))' "$work/doctor.json"
}
paste() { # NAME: runs the remedy as it stands there, as an administrator
  local remedy
  remedy=$(jq -r --arg n "$1" '[.checks[] | select(.name == $n and .remedy != null) | .remedy][0]' "$work/doctor.json")
  echo "$remedy"
  admin "$remedy"
}
admin() {
  env -u MYSQL_PWD "${client[@]}" --socket="$MYSQL_SOCKET" --user=root -e "$1"
}
client=(mariadb --no-defaults)
command -v mariadb >/dev/null || client=(mysql --no-defaults)

# What each check is about is in tests/unit/test_doctor.c; here, that the facts are asked of a real server correctly.
server_checks() { # NAME
  local uri=mysql://poolprobe@127.0.0.1:$MYSQL_PORT
  export MYSQL_PWD=probe_pass
  check "$1: doctor ends with 0" doctor 0 --server "$uri" --mysql-port "$MYSQL_PORT"
  check "$1: grants are there" verdict grants ok PROCESS
  check "$1: the capture is proved" verdict "capture test" ok "all of its own"
  check "$1: the process is found by its port" verdict "MySQL process" ok "process $MYSQL_PID"
  check "$1: another port is noticed" doctor 0 --server "$uri"
  check "$1: and named" verdict server warn -- "--mysql-port $MYSQL_PORT"
  admin "CREATE USER bare@'127.0.0.1' IDENTIFIED BY '$password'; CREATE USER bare@localhost IDENTIFIED BY '$password'"
  export MYSQL_PWD=$password
  check "$1: without rights doctor ends with 1" doctor 1 --server "mysql://bare@127.0.0.1:$MYSQL_PORT" --mysql-port "$MYSQL_PORT"
  check "$1: and PROCESS is missing by name" verdict grants fail "PROCESS ON .*--grants"
  check "$1: the remedy as it is pasted" paste grants
  check "$1: … gives the rights" doctor 0 --server "mysql://bare@127.0.0.1:$MYSQL_PORT" --mysql-port "$MYSQL_PORT"
  check "$1: … all of them" verdict grants ok PROCESS
  admin "UPDATE performance_schema.setup_consumers SET ENABLED='NO' WHERE NAME IN ('statements_digest', 'events_statements_current');
    UPDATE performance_schema.setup_instruments SET ENABLED='NO' WHERE NAME='wait/io/table/sql/handler'"
  check "$1: consumers and an instrument that are off" doctor 0 --server "mysql://bare@127.0.0.1:$MYSQL_PORT" --mysql-port "$MYSQL_PORT"
  check "$1: … are named with what turns them on" bash -c "
    jq -e '[.checks[] | select(.verdict == \"warn\") | .name] | index(\"consumers\") != null and index(\"instruments\") != null' '$work/doctor.json'"
  check "$1: … which does so as it is pasted: consumers" paste consumers
  check "$1: … instruments" paste instruments
  check "$1: … and all is well" doctor 0 --server "mysql://bare@127.0.0.1:$MYSQL_PORT" --mysql-port "$MYSQL_PORT"
  check "$1: … again" bash -c "verdicts() { jq -e --arg n \"\$1\" '[.checks[] | select(.name == \$n) | .verdict] == [\"ok\"]' '$work/doctor.json'; }; verdicts consumers && verdicts instruments"
  check "$1: no password in what doctor says" bash -c "! grep -r '$password' '$work/doctor.json' '$work/doctor.err'"
}

start_mysql
server_checks "$MYSQL_FLAVOUR"
export MYSQL_PWD=probe_pass
uri=mysql://poolprobe@127.0.0.1:$MYSQL_PORT

if [ "$MYSQL_FLAVOUR" = mysql ]; then # makes its own certificate
  admin "SET GLOBAL require_secure_transport=ON"
  check "a server that takes encrypted connections only is asked all the same" doctor 0 --server "$uri" --mysql-port "$MYSQL_PORT"
  check "… and that nothing of them can be read is told" verdict connections warn "require_secure_transport"
  check "… with what allows others, as it is pasted" paste connections
  check "… again" doctor 0 --server "$uri" --mysql-port "$MYSQL_PORT"
  check "… now it does" bash -c "! grep -q require_secure_transport '$work/doctor.json'"
fi

# ---- without any rights on this machine ----
chmod 755 "$work"
cp "$probe" "$work/poolprobe"
probe=$work/poolprobe
if [ "$(id -u)" -eq 0 ]; then
  nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all)
  cat >"$work/as-nobody" <<TEXT
#!/bin/sh
exec ${nobody[*]} "$work/poolprobe" "\$@"
TEXT
  chmod 755 "$work/as-nobody"
  probe=$work/as-nobody
  check "without rights the capture fails" doctor 1 --server "$uri" --mysql-port "$MYSQL_PORT"
  check "with setcap as the remedy" verdict capture fail setcap
  probe=$work/poolprobe

  # ---- an ordinary user, with the capabilities on the program ----
  if cp "$bin/poolprobe" "$work/poolprobe-cap" && setcap cap_net_raw,cap_net_admin=eip "$work/poolprobe-cap" 2>/dev/null; then
    mkdir -p "$work/plain"
    chown 65534:65534 "$work/plain"
    cat >"$work/cap.sh" <<'TEXT'
grep -E '^(Uid|CapEff|CapPrm|NoNewPrivs)' /proc/$PPID/status
stat -c 'environ of %u' /proc/$PPID/environ
printf 'open a\nrepeat 50 a SELECT 1\nsleep 500\n' | MYSQL_PWD=benchmark_pass "$1" 127.0.0.1 "$MYSQL_PORT" "$MYSQL_SOCKET" benchmark_user
TEXT
    cp "$bin/sqlplay" "$work/sqlplay"
    export MYSQL_PORT MYSQL_SOCKET
    check "setcap: nobody records with --server" timeout 60 "${nobody[@]}" bash -c "
      cd $work/plain && $work/poolprobe-cap record -i lo --mysql-port $MYSQL_PORT --server '$uri' -o cap.run.db -- bash $work/cap.sh $work/sqlplay >look"
    check "setcap: as nobody, the capabilities given up once the capture is open" bash -c "
      grep -qE '^Uid:\s65534' $work/plain/look && grep -qE '^CapPrm:\s0000000000000000' $work/plain/look && grep -qE '^NoNewPrivs:\s1' $work/plain/look"
    check "setcap: password and environment go into no core file (the kernel holds the process as not dumpable)" grep -qx 'environ of 0' "$work/plain/look"
    check "setcap: every statement is there, counted alike by the server" bash -c "
      '$bin/poolprobe' report $work/plain/cap.run.db --format json | jq -e '.coverage | .wire_statements >= 50 and .wire_statements == .server_statements'"
    probe=$work/as-nobody
    sed -i "s|$work/poolprobe\"|$work/poolprobe-cap\"|" "$work/as-nobody"
    check "setcap: doctor as nobody ends with 0" doctor 0 --server "$uri" --mysql-port "$MYSQL_PORT"
    check "setcap: the capture is proved" verdict "capture test" ok "all of its own"
    probe=$work/poolprobe
  else
    echo "# skipped: setcap is missing, or this file system takes no capabilities"
  fi

  # ---- record gives root up ----
  mkdir -m 700 "$work/private"
  cat >"$work/look.sh" <<'TEXT'
grep -E '^(Uid|CapEff|CapPrm|NoNewPrivs)' /proc/$PPID/status
stat -c 'environ of %u' /proc/$PPID/environ
cat /proc/$PPID/task/*/status | grep -E '^Uid' | sort -u | wc -l
id -u >"$1/command.uid"
tr '\0' ' ' </proc/$PPID/cmdline
cat /proc/$PPID/task/*/status | grep -E '^CapEff' | sort -u
mkdir -p "$1/live"
for f in /proc/[0-9]*/cmdline; do tr '\0' ' ' <"$f" 2>/dev/null; echo; done >"$1/live/cmdlines"
cp "$1"/*.run.db* "$1/live/"
TEXT
  export MYSQL_PWD=$password
  admin "GRANT SELECT ON performance_schema.* TO bare@'127.0.0.1', bare@localhost; GRANT PROCESS ON *.* TO bare@'127.0.0.1', bare@localhost"
  check "record as root into a folder of root's" timeout 60 "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" \
    --server "mysql://bare@127.0.0.1:$MYSQL_PORT" -o "$work/private/a.run.db" -- bash -c "bash $work/look.sh $work/private >$work/private/look"
  timeout 60 "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --server "mysql://bare@127.0.0.1:$MYSQL_PORT" \
    -o "$work/private/a.run.db" -- bash "$work/look.sh" "$work/private" >"$work/private/look" 2>"$work/private/err"
  check "runs as nobody" grep -E "^Uid:\s65534\s65534\s65534\s65534" "$work/private/look"
  check "in every thread" grep -qx 1 "$work/private/look"
  check "with CAP_KILL alone, for its command" grep -qE "^CapEff:\s0000000000000020" "$work/private/look"
  check "and cannot gain rights" grep -qE "^NoNewPrivs:\s1" "$work/private/look"
  check "and leaves no core file" grep -qx 'environ of 0' "$work/private/look"
  check "the command runs as who started it" grep -qx 0 "$work/private/command.uid"
  check "the run is whole, one file" bash -c "[ -s $work/private/a.run.db ] && [ ! -e $work/private/a.run.db-wal ]"
  check "and can be reported" "$bin/poolprobe" report "$work/private/a.run.db"
  check "the server was sampled" bash -c "[ \$(sqlite3 $work/private/a.run.db \"SELECT COUNT(*) FROM host_sample WHERE role='server'\") -ge 2 ]"
  check "recorder, sampler and finisher are among the command lines that were looked at" bash -c "
    [ \$(grep -c 'poolprobe record' $work/private/live/cmdlines) -ge 3 ]"
  check "what is looked for in the run file can be found there" grep -qa "bare@127.0.0.1" "$work/private/a.run.db"
  check "no password in any process's argv, in output, log, run file and its write-ahead log" bash -c "! grep -ra '$password' $work/private"
  check "a password in the address is refused and not said again" bash -c "
    ! '$bin/poolprobe' record -i lo --server 'mysql://bare:$password@127.0.0.1:$MYSQL_PORT' -o $work/uri.run.db --duration 1s >$work/uri.out 2>&1 &&
    grep -q MYSQL_PWD $work/uri.out && ! grep -a '$password' $work/uri.out && [ ! -e $work/uri.run.db ]"
  "$bin/poolprobe" dump -i lo --mysql-port "$MYSQL_PORT" >"$work/dump.out" 2>"$work/dump.err" &
  pids+=($!)
  dump=$!
  for _ in $(seq 50); do grep -qE '^Uid:\s65534' "/proc/$dump/status" && break; sleep 0.1; done
  check "a live dump gives root up too" bash -c "grep -qE '^Uid:\s65534' /proc/$dump/status && grep -qE '^CapEff:\s0000000000000000' /proc/$dump/status"
  kill -INT "$dump"
  check "-Z with an unknown user is one clear line" bash -c "! '$bin/poolprobe' record -Z no-such-user -o $work/z.db 2>$work/z.err && grep -q 'no user' $work/z.err"
fi

"$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
if [ -x /usr/sbin/mariadbd ]; then
  unset MYSQL_PWD
  probe=$bin/poolprobe
  printf '[mysqld]\nperformance_schema=OFF\n' >"$work/ps-off.cnf"
  POOLPROBE_MYSQLD=/usr/sbin/mariadbd start_mysql --fresh --conf "$work/ps-off.cnf"
  export MYSQL_PWD=probe_pass
  check "MariaDB with performance_schema off: doctor ends with 0" doctor 0 --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" --mysql-port "$MYSQL_PORT"
  check "and says so" verdict performance_schema warn "OFF.*performance_schema=ON"
  "$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
  unset MYSQL_PWD
  printf '[mysqld]\nperformance_schema=ON\n' >"$work/ps-on.cnf"
  POOLPROBE_MYSQLD=/usr/sbin/mariadbd start_mysql --fresh --conf "$work/ps-on.cnf"
  server_checks "MariaDB"
fi
check "doctor --grants prints the file" bash -c "'$bin/poolprobe' doctor --grants | diff - '$root/sql/probe_grants.sql'"
check "a bad option is a usage error" bash -c "'$bin/poolprobe' doctor --nonsense; [ \$? -eq 2 ]"
exit "$failures"
