# summary: what the end-to-end scripts share: ok/not ok lines, a work folder, an own MySQL server, clean-up by process id
# shellcheck shell=bash
bin=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
failures=0
pids=()

check() { # NAME COMMAND…
  local name=$1
  shift
  if "$@" >"$work/check.log" 2>&1; then
    echo "ok - $name"
  else
    echo "not ok - $name"
    sed 's/^/    /' "$work/check.log"
    failures=$((failures + 1))
  fi
}

start_mysql() { # further arguments go to the tool
  "$root/tools/mysql-server.sh" start --dir "$work/mysql" "$@" 2>"$work/mysql-start.log" || {
    cat "$work/mysql-start.log"
    echo "not ok - the private server did not start"
    exit 1
  }
  # shellcheck disable=SC1091
  . "$work/mysql/env"
}

# Below the ports that the kernel gives to clients, so that none of the test's own connections takes it before it is used again.
free_port() {
  local port
  for _ in $(seq 100); do
    port=$((12000 + RANDOM % 8000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return 0; }
  done
  return 1
}

# Waits until FILE holds PATTERN; fails when process PID ends first or after 60 s.
wait_for() { # FILE PATTERN PID
  local i
  for i in $(seq 1 600); do
    grep -q -- "$2" "$1" 2>/dev/null && return 0
    kill -0 "$3" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

finish() {
  local p
  for p in "${pids[@]}"; do
    kill -TERM "$p" 2>/dev/null || true
  done
  [ -d "$work/mysql" ] && "$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
  if [ "$failures" -eq 0 ] && [ -z "${KEEP_WORK:-}" ]; then rm -rf "$work"; else echo "# work folder: $work"; fi
}
trap finish EXIT
