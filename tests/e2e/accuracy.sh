#!/usr/bin/env bash
# summary: a few cases of the proof (tests/accuracy) on a real server: waits, causes and joins against the truth log, within wide bounds
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"

start_mysql --conf published.cnf
proof() { # CASE: recorded and judged; once more when a machine that stood still spoilt it
  local try
  for try in 1 2; do
    "$root/tests/accuracy/run.sh" --bin "$bin" --mysql-dir "$work/mysql" --results "$work/$1.csv" --only "$1" --seconds 2 --again &&
      python3 "$root/tests/accuracy/check.py" "$work/$1.csv" && return 0
    echo "try $try missed"
  done
  return 1
}
for case in pool1-serial-lifo-threads-calm pool2-parallel-fifo-threads-calm pool2-serial-lifo-loop-calm; do
  check "$case: waits, causes and joins agree with the truth log" proof "$case"
  sed 's/^/# /' "$work/check.log"
done

[ "$failures" -eq 0 ]
