#!/usr/bin/env bash
# summary: runs one libFuzzer target for some seconds over its kept corpus: fuzz.sh TARGET SECONDS
set -euo pipefail
target=$1
seconds=$2
root=$(cd "$(dirname "$0")/.." && pwd)
name=$(basename "$target")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/new" "$work/seeds"

seeds=("$work/new" "$work/seeds")
[ -d "$root/tests/fuzz/corpus/$name" ] && seeds+=("$root/tests/fuzz/corpus/$name")
# The golden captures become inputs of the flow and MySQL target.
if [ "$name" = fuzz_mysql ] && [ -x "$root/tests/fuzz/pcap_to_corpus.py" ]; then
  "$root/tests/fuzz/pcap_to_corpus.py" "$work/seeds"
fi
set +e
"$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
  -artifact_prefix="$root/build/fuzz-$name-" -print_final_stats=1 "${seeds[@]}" >"$work/log" 2>&1
rc=$?
set -e
grep -E 'stat::number_of_executed_units|SUMMARY|ERROR' "$work/log" || true
if [ "$rc" -ne 0 ]; then
  tail -40 "$work/log"
  echo "the input that failed is under build/fuzz-$name-*" >&2
fi
exit "$rc"
