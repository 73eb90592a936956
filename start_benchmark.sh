#!/usr/bin/env bash
# summary: the main job: packages, build, one recorded ramp for each pool of the application, then the explanation
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'EOF'
Usage: ./start_benchmark.sh [OPTION...]
Installs what is missing (as root), builds, starts a private MySQL server and the
application, records a load ramp for each pool, and says where the time went.
  --target NAME        fastapi, django (no pool: 8 threads) or reftarget [fastapi]
  --pools MIN-MAX,...  pool sizes to compare              [20-100,100-10000]
  --users A:B:STEP     concurrent users, one level a step [10:100:45]
  --duration TIME      of each level                      [8s]
  --warmup TIME, --pause TIME   before, between levels    [2s, 2s]
  --think MIN:MAX      of a user between requests         [1ms:10ms]
  --full               the published protocol: FastAPI with both pools, Django,
                       10:100:10 users, 10 s each, longer pauses (15 minutes)
  --experiment FILE    instead: every combination of settings, repeated, such as
                       experiments/published.json; interrupted, it goes on later
  --app-cpus N         CPU quota of the application       [1]
  --app-memory SIZE    its memory limit                   [2G]
  --mysql-cpus N       CPU quota of the server, such as 1 [none]
  --mysql-memory SIZE  its memory limit                   [none]
  --mysql-conf FILE    its configuration; repeatable      [published.cnf]
  --results DIR        where results go                   [results]
  --keep-pcap          also keep the packets of each run
  --docker             in containers, through docker compose
Limits are cgroups (version 2 or 1, whichever can be written), else taskset;
the runs and FILE.limits.txt say which.
EOF
}

target=fastapi pools= users= duration= warmup=2s pause= think=1ms:10ms full= docker=
experiment= app_cpus=1 app_memory=2G mysql_cpus= mysql_memory= mysql_confs=() results=results keep_pcap=

fail() { echo "start_benchmark: $1" >&2; exit "${2:-1}"; }
step() { printf '\n[%3d s] %s\n' "$SECONDS" "$*" >&2; }

parse() {
  local name
  while [ $# -gt 0 ]; do
    case "$1" in
      --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
      -h | --help) usage; exit 0 ;;
      --keep-pcap | --full | --docker) name=${1#--} && declare -g "${name//-/_}=1"; shift ;;
      --mysql-conf)
        [ $# -ge 2 ] || fail "$1 needs a value; see --help" 2
        [ -r "$2" ] || [ -r "mysql_conf/${2%.cnf}.cnf" ] || fail "--mysql-conf: cannot read $2" 2
        mysql_confs+=(--mysql-conf "$2")
        shift 2
        ;;
      --target | --experiment | --pools | --users | --duration | --warmup | --pause | --think | --app-cpus | --app-memory | --mysql-cpus | \
        --mysql-memory | --results)
        [ $# -ge 2 ] || fail "$1 needs a value; see --help" 2
        name=${1#--}
        declare -g "${name//-/_}=$2"
        shift 2
        ;;
      *) fail "no option '$1'; see --help" 2 ;;
    esac
  done
}

check_options() {
  local p
  case "$target" in fastapi | django | reftarget) ;; *) fail "no target '$target': fastapi, django or reftarget" 2 ;; esac
  if [ -n "$full" ]; then
    users=${users:-10:100:10} duration=${duration:-10s} pause=${pause:-10s}
  else
    users=${users:-10:100:45} duration=${duration:-8s} pause=${pause:-2s}
  fi
  pools=${pools:-20-100,100-10000}
  [ -z "$experiment" ] || [ -r "$experiment" ] || fail "--experiment: cannot read $experiment" 2
  [[ "$pools" =~ ^[0-9]+-[0-9]+(,[0-9]+-[0-9]+)*$ ]] || fail "--pools takes MIN-MAX,... such as 20-100,100-10000, not '$pools'" 2
  [[ "$users" =~ ^[0-9]+(:[0-9]+(:[0-9]+)?)?$ ]] || fail "--users takes START:STOP:STEP such as 10:100:10, not '$users'" 2
  [ "$mysql_cpus" != none ] || mysql_cpus=''
  [ "$mysql_memory" != none ] || mysql_memory=''
  for p in "$app_cpus" "$mysql_cpus"; do
    [[ -z $p || $p =~ ^([1-9][0-9]*(\.[0-9]+)?|0?\.[0-9]*[1-9][0-9]*)$ ]] || fail "CPUs are a number such as 1 or 0.5, not '$p'" 2
  done
  for p in "$app_memory" "$mysql_memory"; do
    [[ -z $p || $p == none || $p =~ ^[1-9][0-9]*[kKmMgG]?$ ]] || fail "memory is a size such as 512M or 2G, not '$p'" 2
  done
  for p in "$duration" "$warmup" "$pause" ${think//:/ }; do
    [[ $p =~ ^[0-9]+(\.[0-9]+)?(us|ms|s|m|h)?$ ]] || fail "a time is a number with a unit such as 10s or 500ms, not '$p'" 2
  done
  mkdir -p "$results" 2>/dev/null && [ -w "$results" ] || fail "--results: cannot write to $results"
  for p in ${pools//,/ }; do
    [ "${p%-*}" -le "${p#*-}" ] && [ "${p#*-}" -ge 1 ] || fail "--pools: $p has a minimum above its maximum, or no connection" 2
  done
}

# Lines of "application pool"; Django's pool is its threads.
plan() {
  local p
  for t in $([ -n "$full" ] && echo fastapi django || echo "$target"); do
    if [ "$t" = django ]; then
      echo "django threads-8"
    else
      for p in ${pools//,/ }; do echo "$t pool-$p"; done
    fi
  done
}

parse "$@"
check_options
if [ -n "$docker" ]; then
  exec tools/benchmark-docker.sh --target "$target" --pools "$pools" --users "$users" --duration "$duration" --warmup "$warmup" \
    --pause "$pause" --think "$think" --results "$results" ${full:+--full} ${mysql_cpus:+--mysql-cpus "$mysql_cpus"} \
    ${mysql_memory:+--mysql-memory "$mysql_memory"}
fi

step "packages"
tools/install-deps.sh
[ "$(id -u)" -eq 0 ] || echo "not root: capturing may need CAP_NET_RAW" >&2
mapfile -t planned < <(plan)
if [ -n "$experiment" ]; then # what it needs stands in the specification
  mapfile -t planned < <(grep -oE 'fastapi|django|reftarget' "$experiment" | sort -u)
fi

# The build runs while the other parts are fetched; it ends with this script, whatever happens.
step "build; meanwhile the Python packages and the MySQL server"
build_pid=
trap '[ -z "$build_pid" ] || kill "$build_pid" 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
cmake --preset release >/dev/null
ninja -C build/release poolprobe poolload reftarget >build/release/build.log 2>&1 &
build_pid=$!
for t in $(printf '%s\n' "${planned[@]}" | cut -d' ' -f1 | sort -u); do
  [ "$t" = reftarget ] || tools/benchmark-python.sh "$t" >/dev/null || exit 1
done
tools/mysql-server.sh install >/dev/null
wait "$build_pid" || { tail -n 20 build/release/build.log >&2; fail "the build failed; the whole log is build/release/build.log"; }
build_pid=

results=$(cd "$results" && pwd)
if [ -n "$experiment" ]; then
  step "experiment $experiment"
  name=$(basename "$experiment" .json)
  exec build/release/bin/poolprobe experiment "$experiment" -o "$results/$name.experiment"
fi
runs=() failed='' lossy='' before=''
for line in "${planned[@]}"; do
  read -r t what <<<"$line"
  name=$t-$what
  if [ -n "$full" ] && [ -n "$before" ]; then sleep 15; fi # the published pause between tests
  before=1
  step "$t, $what: ramp of $users users, $duration each"
  pool=(--threads "${what#threads-}")
  [ "$t" = django ] || pool=(--pool "${what#pool-}")
  rm -f "$results/$name".*
  rc=0
  tools/benchmark-run.sh --target "$t" --run "$results/$name.run.db" "${pool[@]}" --users "$users" --duration "$duration" \
    --warmup "$warmup" --pause "$pause" --think "$think" --app-cpus "$app_cpus" --app-memory "$app_memory" \
    --mysql-cpus "$mysql_cpus" --mysql-memory "$mysql_memory" "${mysql_confs[@]}" ${keep_pcap:+--keep-pcap} || rc=$?
  case "$rc" in
    0) ;;
    3) lossy=1 ;;
    2 | 130) exit "$rc" ;;
    *) failed="$failed $name" ;;
  esac
  [ ! -e "$results/$name.run.db" ] || runs+=("$results/$name.run.db")
done
[ ${#runs[@]} -gt 0 ] || fail "no run was recorded:$failed"

step "explanation"
tools/benchmark-report.sh build/release/bin "$results" "${runs[@]}"
printf 'done in %d s\n' "$SECONDS"
[ -z "$failed" ] || fail "not complete:$failed; what was recorded is explained above"
[ -z "$lossy" ] || { echo "some data was lost: the report says what" >&2; exit 3; }
