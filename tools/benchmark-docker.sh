#!/usr/bin/env bash
# summary: the benchmark in containers (start_benchmark.sh --docker): one recorded ramp for each application and pool
set -euo pipefail
cd "$(dirname "$0")/.."

target=fastapi pools=20-100 users=10:100:45 duration=8s warmup=2s pause=2s think=1ms:10ms results=results full=''
mysql_cpus=1 mysql_memory=1g
fail() { echo "benchmark-docker: $1" >&2; exit "${2:-1}"; }
while [ $# -gt 0 ]; do
  case $1 in
    --full) full=1; shift ;;
    --target | --pools | --users | --duration | --warmup | --pause | --think | --results | --mysql-cpus | --mysql-memory)
      name=${1#--}
      declare "${name//-/_}=$2"
      shift 2
      ;;
    *) fail "no option '$1'" 2 ;;
  esac
done
[ "$target" != reftarget ] || fail "reftarget has no service in docker-compose.yml: run it without --docker" 2

export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-poolprobe}
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif docker-compose version >/dev/null 2>&1; then
  compose=(docker-compose)
else
  fail "neither 'docker compose' nor docker-compose is here: install Docker, or run without --docker"
fi
compose+=(--profile fastapi --profile django --profile load)
"${compose[@]}" config >/dev/null || fail "docker-compose.yml is not accepted by ${compose[0]}"
mkdir -p "$results"
results=$(cd "$results" && pwd)
log=$results/docker.log
: >"$log"
"${compose[@]}" ps >>"$log" 2>&1 || fail "no engine answers ${compose[0]}: start Docker, or run without --docker (its words: $log)"
tools=$(mktemp -d)

quietly() { "${compose[@]}" "$@" >>"$log" 2>&1; }
one_off() { "${compose[@]}" run --rm -T --no-deps "$@"; }
cleanup() {
  local rc=$?
  trap - EXIT
  quietly down --volumes --timeout 20 || true
  rm -rf "$tools"
  exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

wait_healthy() { # SERVICE
  local until=$((SECONDS + 120)) state
  while ((SECONDS < until)); do
    state=$("${compose[@]}" ps "$1" 2>/dev/null)
    case $state in
      *'(healthy)'*) return 0 ;;
      *'(unhealthy)'* | *Exit* | *exited*) break ;;
    esac
    sleep 0.5
  done
  "${compose[@]}" logs "$1" 2>&1 | tail -n 5 >&2
  return 1
}

fetch_runs() { one_off --entrypoint sh loadgen -c "cd /runs && tar -cf - *" 2>>"$log" | tar -x --no-same-owner -C "$results"; }

one_run() { # APPLICATION POOL NAME
  local rc=0
  export TARGET=$1 POOL_MIN=${2%-*} POOL_MAX=${2#*-} RUN=$3 USERS=$users DURATION=$duration WARMUP=$warmup PAUSE=$pause
  export THINK=$think MYSQL_CPUS=$mysql_cpus MYSQL_MEMORY=$mysql_memory APP_PORT=18000
  [ "$1" = fastapi ] || APP_PORT=18001
  quietly down --volumes --timeout 20
  quietly up -d mysql && wait_healthy mysql || fail "MySQL did not become healthy; see $log"
  one_off "$1-setup" >>"$log" 2>&1 || fail "the tables could not be made; see $log"
  quietly up -d probe && wait_healthy probe || fail "the probe did not start; see $log"
  quietly up -d --no-deps "$1" && wait_healthy "$1" || fail "$1 did not become healthy; see $log"
  one_off loadgen || rc=$?
  # The application first: the probe then sees its connections close.
  quietly stop --timeout 60 "$1"
  quietly stop --timeout 60 probe
  "${compose[@]}" logs --no-color "$1" >"$results/$3.app.log" 2>&1 || true
  fetch_runs || fail "the run could not be copied out of its volume; see $log"
  [ "$rc" -eq 0 ] || fail "the load ended with status $rc; what was recorded is in $results/$3.run.db"
}

echo "images (the first time takes minutes; progress in $log)" >&2
for service in probe ${full:+fastapi-setup django-setup} $([ -n "$full" ] || echo "$target-setup"); do
  [ -n "${POOLPROBE_IMAGES_BUILT:-}" ] || quietly build "$service" || fail "the image of $service could not be built; see $log"
done
runs=()
for app in $([ -n "$full" ] && echo fastapi django || echo "$target"); do
  for pool in $([ "$app" = django ] && echo 8-8 || echo "${pools//,/ }"); do
    name=$app-pool-$pool
    [ "$app" != django ] || name=django-threads-8
    echo "$name: ramp of $users users, $duration each" >&2
    one_run "$app" "$pool" "$name"
    runs+=("$results/$name.run.db")
  done
done

# The reports come from the probe's image too: this machine needs no build.
cat >"$tools/poolprobe" <<WRAPPER
#!/usr/bin/env bash
exec ${compose[*]} run --rm -T --no-deps -v "$results:$results" --user "$(id -u):$(id -g)" --entrypoint poolprobe probe "\$@"
WRAPPER
chmod +x "$tools/poolprobe"
tools/benchmark-report.sh "$tools" "$results" "${runs[@]}"
