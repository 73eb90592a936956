#!/usr/bin/env bash
# summary: benchmark of the wire decoder beside tcpdump, tshark and pt-query-digest: makes its input, prints the table
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/bench/wire/run.sh [--bin DIR] [--only PART[,PART…]] [--packets N] [--repeats N] [--rows FILE] [--write]

  --bin DIR     the programs to measure (default build/release/bin; built when missing)
  --only PARTS  replay, tshark, digest, stored, memory, live (default: all; "" for none: only the rows of earlier runs)
  --packets N   size of the synthetic capture (default 1000000; the requirement speaks of 500000 at least)
  --repeats N   alternating repeats, of which the median counts (default 5)
  --rows FILE   keep the rows in FILE and join those of earlier runs, to measure part after part
  --write       put the table into docs/performance.md, section "wire decoder"

Needs tcpdump; tshark, pt-query-digest (percona-toolkit) and sysbench for their parts, python3, root for `live`.
Takes about nine minutes on a machine that does nothing else, half of them in pt-query-digest. CPU time is user plus system time of the process, from wait4(2).
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
bin=$root/build/release/bin
args=()
while (($#)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --bin)
        bin=$(readlink -f "$2")
        shift 2
        ;;
    --only | --packets | --repeats | --rows)
        args+=("$1" "$2")
        shift 2
        ;;
    --write)
        args+=("$1")
        shift
        ;;
    *)
        echo "run.sh: unknown option $1 (see --help)" >&2
        exit 2
        ;;
    esac
done

if [[ ! -x $bin/poolprobe || ! -x $bin/bench_wire_gen ]]; then
    echo "run.sh: building into $root/build/release" >&2
    cmake -S "$root" -B "$root/build/release" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
    cmake --build "$root/build/release" --target poolprobe bench_wire_gen >&2
    bin=$root/build/release/bin
fi
work=$(mktemp -d /dev/shm/poolprobe-bench.XXXXXX 2>/dev/null || mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/bench.py" --bin "$bin" --work "$work" "${args[@]}"
