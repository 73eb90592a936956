#!/usr/bin/env bash
# summary: time and peak memory of `poolprobe report` on a generated run of a million statements
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/bench/analysis/run.sh [--bin DIR] [--statements N] [--repeats N] [--write]

  --bin DIR         programs of a release build (default build/release/bin; built when missing)
  --statements N    size of the run (default 1000000)
  --repeats N       of which the median counts (default 3)
  --write           put the table into docs/performance.md, section "Analysis"

CPU time is user plus system time of the process, from wait4(2). Wanted: a million statements in 5 s of CPU and 500 MiB.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
bin=$root/build/release/bin
args=()
while (($#)); do
    case $1 in
    --help | -h) usage && exit 0 ;;
    --bin) bin=$(readlink -f "$2") && shift 2 ;;
    --statements | --repeats) args+=("$1" "$2") && shift 2 ;;
    --write) args+=("$1" "$root/docs/performance.md") && shift ;;
    *) echo "run.sh: unknown option $1 (see --help)" >&2 && exit 2 ;;
    esac
done
if [[ ! -x $bin/poolprobe || ! -x $bin/bench_gen_run ]]; then
    cmake -S "$root" -B "$root/build/release" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
    cmake --build "$root/build/release" --target poolprobe bench_gen_run >&2
    bin=$root/build/release/bin
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/bench.py" --bin "$bin" --work "$work" "${args[@]}"
