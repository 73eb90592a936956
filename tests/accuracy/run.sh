#!/usr/bin/env bash
# summary: the proof of the attribution: records every case on a private server, compares with the truth log, writes docs/accuracy.md
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/accuracy/run.sh [--bin DIR] [--only PATTERN[,…]] [--max-seconds N] [--seconds N] [--again] [--keep] [--write]

  --bin DIR         the programs (default build/release/bin)
  --only PATTERN    cases whose name fits, such as 'pool10-*' or '*-loop-calm' (default: all 112)
  --max-seconds N   stop before this time is over; the next call goes on where this one stopped
  --seconds N       length of each of a case's two levels (default 3)
  --phase PHASE     record (keep the recordings, judge later), judge (only what was recorded), both (default)
  --held-out        the 48 cases of pools of 3, 15 and 70 connections, with results-held-out.csv, about 9 minutes
  --again           record cases that the results already have once more
  --mysql-dir DIR   use the server of `tools/mysql-server.sh start --dir DIR` that runs already
  --results FILE    default tests/accuracy/results.csv
  --work DIR        where recordings lie (default: a new folder, removed at the end); --keep leaves them there
  --write           put the table into docs/accuracy.md

Needs root for the capture. All cases take about 20 minutes on two cores that do nothing else.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$root/build/release/bin results=$here/results.csv mysql_dir= work= write=no
args=()
while (($#)); do
    case $1 in
    --help | -h) usage && exit 0 ;;
    --bin) bin=$(readlink -f "$2") && shift 2 ;;
    --results) results=$(readlink -m "$2") && shift 2 ;;
    --mysql-dir) mysql_dir=$(readlink -f "$2") && shift 2 ;;
    --work) work=$(readlink -m "$2") && mkdir -p "$work" && shift 2 ;;
    --only | --max-seconds | --seconds | --phase) args+=("$1" "$2") && shift 2 ;;
    --held-out) args+=("$1") && results=$here/results-held-out.csv && shift ;;
    --again | --keep) args+=("$1") && shift ;;
    --write) write=yes && shift ;;
    *) echo "run.sh: unknown option $1 (see --help)" >&2 && exit 2 ;;
    esac
done

own_work= own_mysql=
cleanup() {
    [[ -z $own_mysql ]] || "$root/tools/mysql-server.sh" stop --dir "$own_mysql" 2>/dev/null
    [[ -z $own_work ]] || rm -rf "$own_work"
}
trap cleanup EXIT
if [[ -z $work ]]; then
    own_work=$(mktemp -d)
    work=$own_work
fi
if [[ -z $mysql_dir ]]; then
    mysql_dir=$work/mysql own_mysql=$work/mysql
    "$root/tools/mysql-server.sh" start --dir "$mysql_dir" --conf published.cnf
fi
# shellcheck disable=SC1091
. "$mysql_dir/env"
MYSQL_PWD=benchmark_pass "$bin/reftarget" --setup-only \
    --mysql "mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget"
python3 "$here/run.py" --bin "$bin" --work "$work" --mysql-port "$MYSQL_PORT" --results "$results" "${args[@]}"
if [[ $write = yes ]]; then
    python3 "$here/table.py" "$here/results.csv" "$here/results-held-out.csv" "$root/docs/accuracy.md" --mysql "$MYSQL_FLAVOUR $MYSQL_VERSION"
fi
