#!/usr/bin/env bash
# summary: one run of the benchmark: a fresh private server, one application with one pool, limits, a recorded ramp, one run file
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=lib/limits.sh
. "$root/tools/lib/limits.sh"
# shellcheck source=lib/benchmark-target.sh
. "$root/tools/lib/benchmark-target.sh"

usage() {
  cat <<'TEXT'
Usage: tools/benchmark-run.sh --target NAME --run FILE.run.db [OPTION...]

Starts a private MySQL server and one application within their limits, records a
load ramp, ends both, and leaves FILE.run.db, FILE.results.json (poolload's
levels), FILE.app.log and FILE.limits.txt. Exit status: 0 done; 1 failed, what
was recorded is kept; 2 usage; 3 done, but packets were lost; 75 the Python
packages cannot be had.

  --target NAME        fastapi, django or reftarget
  --run FILE           the run file to write
  --pool MIN-MAX       connections of fastapi and reftarget   [20-100]
  --threads N          threads of django                      [8]
  --app-cpus N         quota of the application; may be 0.5   [1]
  --app-memory SIZE    limit of the application; "none"       [2G]
  --mysql-cpus N       quota of the server                    [none]
  --mysql-memory SIZE  limit of the server                    [none]
  --mysql-conf FILE    configuration; a name means mysql_conf [published.cnf]
                       repeatable, the first replaces the default
  --users A:B:STEP     concurrent users, one level a step     [10:100:10]
  --duration TIME      of each level                          [10s]
  --warmup TIME        before each level                      [2s]
  --pause TIME         between levels                         [10s]
  --think MIN:MAX      of a user between requests             [1ms:10ms]
  --port N             of the application                     [18000, 18001, 18080]
  --mysql-dir DIR      where the server's data go             [build/benchmark-mysql]
  --bin DIR            poolprobe, poolload, reftarget         [build/release/bin]
  --config NAME=VALUE  noted in the run; repeatable
  --keep-pcap          also FILE.pcap
TEXT
}

fail() { echo "benchmark-run: $1" >&2; exit "${2:-1}"; }

target= run= pool=20-100 threads=8 app_cpus=1 app_memory=2G mysql_cpus= mysql_memory= mysql_confs=()
users=10:100:10 duration=10s warmup=2s pause=10s think=1ms:10ms port= mysql_dir=$root/build/benchmark-mysql
bin=$root/build/release/bin configs=() keep_pcap=

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
      -h | --help) usage; exit 0 ;;
      --keep-pcap) keep_pcap=1; shift ;;
      --mysql-conf) [ $# -ge 2 ] || fail "$1 needs a value" 2; mysql_confs+=(--conf "$2"); shift 2 ;;
      --config) [ $# -ge 2 ] || fail "$1 needs a value" 2; configs+=(--config "$2"); shift 2 ;;
      --target | --run | --pool | --threads | --app-cpus | --app-memory | --mysql-cpus | --mysql-memory | --users | \
        --duration | --warmup | --pause | --think | --port | --mysql-dir | --bin)
        [ $# -ge 2 ] || fail "$1 needs a value; see --help" 2
        local name=${1#--}
        declare -g "${name//-/_}=$2"
        shift 2
        ;;
      *) fail "no option '$1'; see --help" 2 ;;
    esac
  done
  app_port=${port:-$(target_default_port)} || fail "--target takes fastapi, django or reftarget, not '$target'" 2
  [[ $run == *.run.db ]] || fail "--run takes a file name that ends in .run.db" 2
  [[ $pool =~ ^([0-9]+)-([0-9]+)$ ]] || fail "--pool takes MIN-MAX such as 20-100, not '$pool'" 2
  pool_min=${BASH_REMATCH[1]} pool_max=${BASH_REMATCH[2]}
  ((pool_min <= pool_max && pool_max >= 1)) || fail "--pool: $pool has a minimum above its maximum, or no connection" 2
  [[ $threads =~ ^[1-9][0-9]*$ ]] || fail "--threads takes a number, not '$threads'" 2
  local n
  for n in "$app_cpus" "$mysql_cpus"; do
    [[ -z $n || $n =~ ^([1-9][0-9]*(\.[0-9]+)?|0?\.[0-9]*[1-9][0-9]*)$ ]] || fail "CPUs are a number such as 1 or 0.5, not '$n'" 2
  done
  [ "$app_memory" = none ] && app_memory=
  for n in "$app_memory" "$mysql_memory"; do
    [[ -z $n || $n =~ ^[1-9][0-9]*[kKmMgG]?$ ]] || fail "memory is a size such as 512M or 2G, not '$n'" 2
  done
  [ ${#mysql_confs[@]} -gt 0 ] || mysql_confs=(--conf published.cnf)
}

# Whatever happens: the application, the server and the limits' groups go away.
app_pid= server_on=
cleanup() {
  local rc=$?
  trap - EXIT
  if [ -n "$app_pid" ] && kill -TERM "$app_pid" 2>/dev/null; then
    wait "$app_pid" 2>/dev/null || true
  fi
  [ -n "$server_on" ] && "$root/tools/mysql-server.sh" stop --dir "$mysql_dir" >/dev/null 2>&1
  limits_end
  [ -n "${work:-}" ] && rm -rf "$work"
  exit "$rc"
}

start_server() {
  "$root/tools/mysql-server.sh" stop --dir "$mysql_dir" >/dev/null 2>&1 || true # left over from a run that was killed
  server_on=1
  (
    limits_enter mysql
    exec "$root/tools/mysql-server.sh" start --dir "$mysql_dir" --fresh "${mysql_confs[@]}"
  ) || fail "the MySQL server did not start; its log is under $mysql_dir"
  # shellcheck disable=SC1091
  . "$mysql_dir/env"
}

# The application waits for a word in the FIFO, so that its process id is known to the recorder before it starts.
hold_app() {
  mkfifo "$work/go"
  (
    limits_enter app
    read -r _ <"$work/go"
    target_exec
  ) >"$stem.app.log" 2>&1 &
  app_pid=$!
}

record() {
  local write=()
  [ -z "$keep_pcap" ] || write=(-w "$stem.pcap")
  [ "$target" = django ] && configs+=(--config "threads=$threads") ||
    configs+=(--config "pool_min=$pool_min" --config "pool_max=$pool_max")
  MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo --mysql-port "$MYSQL_PORT" --http-port "$app_port" \
    --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" --config "target=$target" --config "app_cpus=$app_cpus" \
    --config "app_memory=${app_memory:-none}" --config "mysql_cpus=${mysql_cpus:-none}" \
    --config "mysql_memory=${mysql_memory:-none}" --config "limits=$limits_how" "${configs[@]}" "${write[@]}" -o "$run" -- \
    "$root/tools/benchmark-drive.sh" "$bin" "$work/go" "$app_pid" "$app_port" "$stem.app.log" "$stem" -- \
    --framework "$target" --users "$users" --duration "$duration" --warmup "$warmup" --pause "$pause" --think "$think" \
    --endpoint 'POST /io-intensive' --endpoint 'GET /users' --endpoint 'GET /products' --endpoint 'GET /orders'
}

say_limits() {
  {
    echo "how: $limits_how (taskset binds to whole CPUs and limits no memory)"
    local group
    for group in app mysql; do
      echo "$group:"
      limits_cpu_stat "$group" | sed 's/^/  /'
    done
  } >"$stem.limits.txt"
}

parse "$@"
[ -x "$bin/poolprobe" ] && [ -x "$bin/poolload" ] || fail "no programs in $bin: cmake --preset release && cmake --build --preset release"
mkdir -p "$(dirname "$run")"
out=$(cd "$(dirname "$run")" && pwd) name=$(basename "$run" .run.db)
stem=$out/$name run=$out/$name.run.db
work=$(mktemp -d)
trap cleanup EXIT
trap 'exit 130' INT TERM
venv=
case $target in fastapi | django) venv=$("$root/tools/benchmark-python.sh" "$target") || exit $? ;; esac
if (exec 3<>"/dev/tcp/127.0.0.1/$app_port") 2>/dev/null; then
  fail "port $app_port is taken: end what listens there (ss -ltnp 'sport = :$app_port' names it), or choose another with --port"
fi
limits_init
limits_make app "$app_cpus" "$(limits_bytes "$app_memory")"
limits_make mysql "$mysql_cpus" "$(limits_bytes "$mysql_memory")"
start_server
(target_setup) >"$stem.app.log" 2>&1 || fail "the workload's tables could not be made: $(tail -n 1 "$stem.app.log") (the server's log: $MYSQL_LOG)"
hold_app
rc=0
record || rc=$?
say_limits
"$root/tools/mysql-server.sh" status --dir "$mysql_dir" >/dev/null ||
  fail "the MySQL server was lost during the run (its log: $MYSQL_LOG); what was recorded until then is in $run"
case $rc in
  0 | 3) exit "$rc" ;;
  *) fail "the recording failed (exit status $rc); what was recorded is in $run" ;;
esac
