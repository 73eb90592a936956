#!/usr/bin/env bash
# summary: the proof on real applications: FastAPI's pool and Django's connections against a witness in their process
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/accuracy/apps.sh [--bin DIR] [--only PATTERN[,…]] [--phase PHASE] [--work DIR] [--again] [--keep] [--write]

  --bin DIR         the programs (default build/release/bin)
  --only PATTERN    cases whose name fits, such as 'fastapi-*-calm' (default: all of tests/accuracy/apps/app_cases.py)
  --phase PHASE     record (keep the recordings, judge later), judge (only what was recorded), both (default)
  --app-cpus N      quota of the application (default 1)
  --seconds N       length of each of a case's two levels (default 6)
  --again           record cases once more whose recording is in the work folder
  --results FILE    default tests/accuracy/apps/results.csv
  --work DIR        where recordings lie (default: a new folder, removed at the end); --keep leaves them there
  --write           put the table into docs/accuracy.md

Each case starts a fresh server and one application (tools/benchmark-run.sh) and takes about 40 seconds. Needs root for the capture and,
the first time, the Python packages of docker/fastapi and docker/django. Exit status 75: they cannot be had.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$root/build/release/bin results=$here/apps/results.csv work= write=no
args=()
while (($#)); do
    case $1 in
    --help | -h) usage && exit 0 ;;
    --bin) bin=$(readlink -f "$2") && shift 2 ;;
    --results) results=$(readlink -m "$2") && shift 2 ;;
    --work) work=$(readlink -m "$2") && mkdir -p "$work" && shift 2 ;;
    --only | --phase | --app-cpus | --seconds) args+=("$1" "$2") && shift 2 ;;
    --again | --keep) args+=("$1") && shift ;;
    --write) write=yes && shift ;;
    *) echo "apps.sh: unknown option $1 (see --help)" >&2 && exit 2 ;;
    esac
done
own_work=
if [[ -z $work ]]; then
    own_work=$(mktemp -d)
    work=$own_work
    trap 'rm -rf "$own_work"' EXIT
fi
python3 -B "$here/apps/run.py" --bin "$bin" --work "$work" --results "$results" "${args[@]}"
if [[ $write = yes ]]; then
    server=$(grep -ohsm1 'mysql-server: [a-zA-Z]* [0-9.]*' "$work"/*.log | head -n 1) || true
    python3 -B "$here/apps/table.py" "$results" "$root/docs/accuracy.md" --mysql "${server#mysql-server: }"
fi
