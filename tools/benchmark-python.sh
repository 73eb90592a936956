#!/usr/bin/env bash
# summary: a virtual environment with the locked packages of an application: benchmark-python.sh fastapi|django prints its folder
# Exit 0; 1 failed (one line says why); 75 when the packages could not be fetched now.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
app=${1:?an application is wanted: fastapi or django}
lock=$root/docker/$app/requirements.lock
venv=$root/build/python/$app
[ -r "$lock" ] || { echo "benchmark-python: no application '$app'" >&2; exit 2; }

usable() { "$1" -c 'import ensurepip, venv, sys; sys.exit(not (3, 10) <= sys.version_info)' 2>/dev/null; }
python=
for p in ${PYTHON:-/usr/bin/python3.11 python3.11 python3}; do
  if usable "$p"; then
    python=$p
    break
  fi
done
if [ -z "$python" ]; then
  echo "benchmark-python: no Python 3.10 or later with venv: install python3-venv, or run with --target reftarget, which needs no Python" >&2
  exit 1
fi

# The folder is a part of it: the scripts of an environment name it, and a moved one does not start.
stamp="$("$python" --version) $(sha256sum <"$lock") $venv"
if [ "$(cat "$venv/made-from" 2>/dev/null)" != "$stamp" ]; then
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  log=$venv.log
  "$python" -m venv "$venv" >"$log" 2>&1 || { echo "benchmark-python: no virtual environment: $(tail -n 1 "$log")" >&2; exit 1; }
  if ! "$venv/bin/pip" install --require-hashes --no-deps --retries 2 --timeout 20 -r "$lock" >>"$log" 2>&1; then
    rm -rf "$venv"
    why="$(grep -iE '^ *error' "$log" | tail -n 1)" rc=1
    if grep -qiE 'name resolution|connection (broken|refused|reset|error|to)|NewConnectionError|timed out|ProxyError|network is unreachable' "$log"; then
      why="the package index cannot be reached" rc=75
    fi
    echo "benchmark-python: the Python packages of docker/$app cannot be had: $why; see $log, or run with --target reftarget, which needs none" >&2
    exit "$rc"
  fi
  echo "$stamp" >"$venv/made-from"
fi
echo "$venv"
