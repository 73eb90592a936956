#!/usr/bin/env bash
# summary: runs one libFuzzer target for some seconds over its kept corpus: fuzz.sh TARGET SECONDS [--keep]
#
# --keep puts what the run found into tests/fuzz/corpus/TARGET and makes that the smallest set of inputs which reaches, beside
# the seeds, all that was reached.
set -euo pipefail
target=$1
seconds=$2
keep=${3:-}
root=$(cd "$(dirname "$0")/.." && pwd)
name=$(basename "$target")
corpus=$root/tests/fuzz/corpus/$name
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/new" "$work/seeds"

# The golden captures become inputs of the flow and MySQL target; the other targets have written seeds.
if [ "$name" = fuzz_mysql ]; then
  "$root/tests/fuzz/pcap_to_corpus.py" "$work/seeds"
else
  "$root/tests/fuzz/seeds.py" "$name" "$work/seeds"
fi
known=("$work/seeds")
[ -d "$corpus" ] && known+=("$corpus")
options=(-timeout=10 -rss_limit_mb=2048 -max_len=65536)
set +e
"$target" -max_total_time="$seconds" "${options[@]}" -artifact_prefix="$root/build/fuzz-$name-" -print_final_stats=1 \
  "$work/new" "${known[@]}" >"$work/log" 2>&1
rc=$?
set -e
grep -E 'stat::number_of_executed_units|SUMMARY|ERROR' "$work/log" || true
if [ "$rc" -ne 0 ]; then
  tail -40 "$work/log"
  echo "the input that failed is under build/fuzz-$name-*" >&2
  exit "$rc"
fi
[ "$keep" = --keep ] || exit 0

# Only small inputs: what a long one reaches, a later run finds a short one for.
find "$work/new" -type f -size +4096c -delete
# A merge adds to its first folder what the others reach beyond it: here, beyond the seeds.
cp -r "$work/seeds" "$work/least"
"$target" -merge=1 "${options[@]}" "$work/least" "$work/new" "${known[@]:1}" >"$work/log" 2>&1 || {
  tail -20 "$work/log"
  exit 1
}
rm -rf "$corpus"
mkdir -p "$corpus"
find "$work/least" -type f | while read -r f; do
  [ -e "$work/seeds/$(basename "$f")" ] || mv "$f" "$corpus/"
done
echo "$name: $(find "$corpus" -type f | wc -l) inputs kept, $(find "$corpus" -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}') bytes"
