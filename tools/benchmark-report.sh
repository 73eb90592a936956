#!/usr/bin/env bash
# summary: what the benchmark leaves beside its runs: explanation.txt, report.html, results.json, table and plots
# Usage: benchmark-report.sh BIN RESULTS_DIR RUN.run.db...
set -euo pipefail
bin=$1 results=$2
shift 2
runs=("$@")
here=$(cd "$(dirname "$0")" && pwd)

# The report of a run that lost data ends with 3: it is shown, and says so itself.
show() { "$bin/poolprobe" "$@" || [ $? -eq 3 ]; }

# Runs of one application are compared with its first.
{
  for run in "${runs[@]}"; do
    show report "$run"
    echo
  done
  for ((i = 1; i < ${#runs[@]}; i++)); do
    a=$(basename "${runs[0]}") b=$(basename "${runs[i]}")
    [ "${a%%-*}" = "${b%%-*}" ] || continue
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
python3 "$here/benchmark_plots.py" "$results" "${runs[@]}"

echo "results in $results:"
printf '  %-34s %s\n' explanation.txt 'this explanation' report.html 'the same as a page' \
  results.json 'every level of every run, with the published field names' results.csv 'the same as a table' \
  plots.svg 'throughput, latency, errors, CPU, memory against users'
for run in "${runs[@]}"; do
  name=$(basename "$run" .run.db)
  printf '  %-34s %s\n' "$name.run.db" "the run: poolprobe report $run" \
    "" "$name.{results.json,report.json,report.html,limits.txt,app.log}"
done
