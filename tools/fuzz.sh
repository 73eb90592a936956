#!/usr/bin/env bash
# summary: runs one libFuzzer target for some seconds over its kept corpus: fuzz.sh TARGET SECONDS [--keep]
#
# --keep puts what the run found into tests/fuzz/corpus/TARGET.tar.gz (thousands of small inputs in one file) and makes that the
# smallest set of inputs which reaches, beside the seeds, all that was reached.
set -euo pipefail
target=$1
seconds=$2
keep=${3:-}
root=$(cd "$(dirname "$0")/.." && pwd)
name=$(basename "$target")
corpus=$root/tests/fuzz/corpus/$name.tar.gz
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/new" "$work/seeds" "$work/kept"

# The golden captures become inputs of the flow and MySQL target; the other targets have written seeds.
if [ "$name" = fuzz_mysql ]; then
  "$root/tests/fuzz/pcap_to_corpus.py" "$work/seeds"
else
  "$root/tests/fuzz/seeds.py" "$name" "$work/seeds"
fi
[ -f "$corpus" ] && tar -xzf "$corpus" -C "$work/kept"
known=("$work/seeds" "$work/kept")
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
"$target" -merge=1 "${options[@]}" "$work/least" "$work/new" "$work/kept" >"$work/log" 2>&1 || {
  tail -20 "$work/log"
  exit 1
}
mkdir -p "$(dirname "$corpus")"
(cd "$work/seeds" && find . -type f) | (cd "$work/least" && xargs -r rm -f)
# The same inputs give the same file.
tar -C "$work/least" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . | gzip -9n >"$corpus"
echo "$name: $(find "$work/least" -type f | wc -l) inputs kept, $(find "$work/least" -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}') bytes"
