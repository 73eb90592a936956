#!/usr/bin/env bash
# summary: the main job: private server, target, load ramp and recording for each pool size, then the explanation
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'EOF'
Usage: ./start_benchmark.sh [OPTION...]

Installs what is missing (as root), builds, starts a private MySQL server and the
target application, records a load ramp for each pool size, and prints where the
time of the requests went. Leaves everything in results/.

  --target NAME        reftarget (the only one so far)       [reftarget]
  --pools MIN-MAX,...  pool sizes to compare                 [5-5,100-100]
  --users A:B:STEP     concurrent users, one level a step    [10:50:20]
  --duration TIME      of each level                         [10s]
  --pause TIME         between levels                        [2s]
  --think MIN:MAX      of a user between requests            [1ms:10ms]
  --mysql-cpus N       pin the server to N CPUs              [all]
  --mysql-conf FILE    further server configuration          [mysql_conf/published.cnf]
  --results DIR        where results go                      [results]
  --keep-pcap          also keep the packets of each run
  -h, --help           this text
EOF
}

target=reftarget
pools=5-5,100-100
users=10:50:20
duration=10s
pause=2s
think=1ms:10ms
mysql_cpus=
mysql_conf=mysql_conf/published.cnf
results=results
keep_pcap=
target_port=18080

fail() { echo "start_benchmark: $1" >&2; exit "${2:-1}"; }
step() { printf '\n[%3d s] %s\n' "$SECONDS" "$*" >&2; }

while [ $# -gt 0 ]; do
  case "$1" in
    --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}"; continue ;;
    -h | --help) usage; exit 0 ;;
    --keep-pcap) keep_pcap=1; shift; continue ;;
    --docker) fail "--docker is not there yet: run without it, everything is started on this machine" 2 ;;
    --target | --pools | --users | --duration | --pause | --think | --mysql-cpus | --mysql-conf | --results)
      [ $# -ge 2 ] || fail "$1 needs a value; see --help" 2
      name=${1#--}
      declare "${name//-/_}=$2"
      shift 2
      ;;
    *) fail "no option '$1'; see --help" 2 ;;
  esac
done

case "$target" in
  reftarget) ;;
  fastapi | django) fail "--target $target is not there yet: use --target reftarget" 2 ;;
  *) fail "no target '$target': use --target reftarget" 2 ;;
esac
[[ "$pools" =~ ^[0-9]+-[0-9]+(,[0-9]+-[0-9]+)*$ ]] || fail "--pools takes MIN-MAX,... such as 5-5,100-100, not '$pools'" 2
[[ "$users" =~ ^[0-9]+(:[0-9]+(:[0-9]+)?)?$ ]] || fail "--users takes START:STOP:STEP such as 10:50:20, not '$users'" 2
[[ -z "$mysql_cpus" || "$mysql_cpus" =~ ^[1-9][0-9]*$ ]] || fail "--mysql-cpus takes a number, not '$mysql_cpus'" 2
[ -r "$mysql_conf" ] || fail "--mysql-conf: cannot read $mysql_conf" 2
IFS=, read -r -a pool_list <<<"$pools"
for p in "${pool_list[@]}"; do
  [ "${p%-*}" -le "${p#*-}" ] && [ "${p#*-}" -ge 1 ] || fail "--pools: $p has a minimum above its maximum, or no connection" 2
done

server_dir=$PWD/build/benchmark-mysql
cleanup() {
  local rc=$?
  trap - EXIT
  [ -d "$server_dir" ] && tools/mysql-server.sh stop --dir "$server_dir" >/dev/null 2>&1 || true
  exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

step "packages"
tools/install-deps.sh
[ "$(id -u)" -eq 0 ] || echo "not root: capturing may need CAP_NET_RAW" >&2

step "build"
cmake --preset release >/dev/null
cmake --build --preset release --target poolprobe poolload reftarget >build/release/build.log 2>&1 || { tail -20 build/release/build.log >&2; fail "the build failed; the whole log is build/release/build.log"; }
bin=$PWD/build/release/bin
if (exec 3<>"/dev/tcp/127.0.0.1/$target_port") 2>/dev/null; then
  fail "port $target_port is taken: end what listens there (ss -ltnp 'sport = :$target_port' names it)"
fi

step "private MySQL server"
conf=(--conf "$mysql_conf")
[ -n "$mysql_cpus" ] && conf+=(--cpus "$mysql_cpus")
tools/mysql-server.sh stop --dir "$server_dir" >/dev/null 2>&1 || true # left over from a run that was killed
tools/mysql-server.sh start --dir "$server_dir" --fresh "${conf[@]}" || fail "the MySQL server did not start; its log is under $server_dir"
# shellcheck disable=SC1091
. "$server_dir/env"
echo "$MYSQL_FLAVOUR $MYSQL_VERSION on port $MYSQL_PORT" >&2

mkdir -p "$results/work"
results=$(cd "$results" && pwd)
uri=mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget
MYSQL_PWD=benchmark_pass "$bin/reftarget" --setup-only --mysql "$uri" --port "$target_port" ||
  fail "the workload's tables could not be made; the server's log is under $server_dir"

lossy=
record_pool() { # MIN MAX
  local min=$1 max=$2 name=$target-pool-$1-$2 rc=0 write=()
  step "pool $min-$max: ramp of $users users, $duration each"
  [ -n "$keep_pcap" ] && write=(-w "$results/$name.pcap")
  TARGET_PWD=benchmark_pass MYSQL_PWD=probe_pass "$bin/poolprobe" record -i lo \
    --mysql-port "$MYSQL_PORT" --http-port "$target_port" --server "mysql://poolprobe@127.0.0.1:$MYSQL_PORT" \
    --config "target=$target" --config "pool_min=$min" --config "pool_max=$max" \
    --config "mysql_cpus=${mysql_cpus:-all}" "${write[@]}" -o "$results/$name.run.db" -- \
    tools/benchmark-drive.sh "$bin" "$name" "$target_port" "$uri" "$min" "$max" "$results" -- \
    --framework "$target" --users "$users" --duration "$duration" --pause "$pause" --think "$think" \
    --endpoint 'POST /io-intensive' --endpoint 'GET /users' --endpoint 'GET /products' --endpoint 'GET /orders' || rc=$?
  case "$rc" in
    0) ;;
    3) lossy=1 ;;
    *) fail "the recording failed (exit status $rc); what was recorded is in $results/$name.run.db" ;;
  esac
}

# The report of a run that lost data ends with 3: it is shown, and says so itself.
show() { "$bin/poolprobe" "$@" || [ $? -eq 3 ]; }

for p in "${pool_list[@]}"; do
  record_pool "${p%-*}" "${p#*-}"
done

step "explanation"
runs=()
for p in "${pool_list[@]}"; do
  runs+=("$results/$target-pool-$p.run.db")
done
{
  for run in "${runs[@]}"; do
    show report "$run"
    echo
  done
  for ((i = 1; i < ${#runs[@]}; i++)); do
    show diff "${runs[0]}" "${runs[i]}"
    echo
  done
} | tee "$results/explanation.txt"
if [ ${#runs[@]} -ge 2 ]; then
  show diff "${runs[0]}" "${runs[1]}" --format html -o "$results/report.html"
else
  show report "${runs[0]}" --format html -o "$results/report.html"
fi
for run in "${runs[@]}"; do
  show report "$run" --format json -o "${run%.run.db}.report.json"
  show report "$run" --format html -o "${run%.run.db}.report.html"
done
rm -rf "$results/work"

echo "results in $results:"
printf '  %-34s %s\n' explanation.txt 'this explanation'
printf '  %-34s %s\n' report.html 'the same as a page'
for p in "${pool_list[@]}"; do
  name=$target-pool-$p
  printf '  %-34s %s\n' "$name.run.db" "the run: poolprobe report $results/$name.run.db"
  printf '  %-34s %s\n' "" "$name.{results.json,report.json,report.html,truth.jsonl}"
done
printf 'done in %d s\n' "$SECONDS"
[ -z "$lossy" ] || { echo "some data was lost: the report says what" >&2; exit 3; }
