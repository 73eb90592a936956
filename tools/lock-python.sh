#!/usr/bin/env bash
# summary: makes docker/*/requirements.lock from requirements.in: every package, also indirect ones, with version and hashes
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet 'pip<25' 'pip-tools==7.4.1'

# No index address is written: pip takes the one that the machine is set up for.
for app in fastapi django; do
  lock=docker/$app/requirements.lock
  (cd "docker/$app" && "$work/venv/bin/pip-compile" --quiet --generate-hashes --strip-extras --no-header \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-annotate \
    "$@" -o "$work/$app.lock" requirements.in)
  {
    echo "# summary: all packages of docker/$app with version and hashes; made by tools/lock-python.sh, do not edit"
    cat "$work/$app.lock"
  } >"$lock"
  echo "$lock: $(grep -c '==' "$lock") packages"
done
