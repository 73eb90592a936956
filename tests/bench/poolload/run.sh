#!/bin/bash
# summary: poolload beside wrk, hey and ab against the same local server in one run; prints a table
#
# usage: run.sh [BIN_FOLDER] [ROUNDS]        BIN_FOLDER of a release build (default build/release/bin), 3 rounds
#
# As root it installs wrk, hey and ab where they are missing and puts server and generators into a scheduling group of
# their own with the highest weight, so that other work on the machine counts less. BENCH_REALTIME=1 also runs the two
# open-load parts with real-time priority, the nearest to an idle machine on one that is not.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
bin=$(cd "${1:-$root/build/release/bin}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for pair in wrk:wrk hey:hey ab:apache2-utils; do
  command -v "${pair%%:*}" >/dev/null && continue
  if [ "$(id -u)" = 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -y "${pair#*:}" >"$work/apt.log" 2>&1 || tail -3 "$work/apt.log" >&2
  fi
  command -v "${pair%%:*}" >/dev/null || echo "${pair%%:*} is not installed (apt-get install ${pair#*:}); left out" >&2
done
cc -O2 -D_GNU_SOURCE -o "$work/server" "$here/server.c"
run=(python3 "$here/bench.py" "$bin" "$work" "${2:-3}")
if [ "$(id -u)" = 0 ] && [ -w /proc/self/autogroup ]; then
  setsid -w bash -c 'echo -19 >/proc/self/autogroup 2>/dev/null; exec "$@"' _ "${run[@]}"
else
  "${run[@]}"
fi
