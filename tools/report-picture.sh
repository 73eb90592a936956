#!/usr/bin/env bash
# summary: makes the README's picture from a page that start_benchmark.sh wrote: report-picture.sh [REPORT.html] [PICTURE.webp]
set -euo pipefail
cd "$(dirname "$0")/.."
page=${1:-results/report.html}
picture=${2:-docs/report.webp}
[ -r "$page" ] || { echo "report-picture: cannot read $page: run ./start_benchmark.sh first" >&2; exit 1; }
PYTHONPATH=tests/page python3 - "$page" "$picture" <<'PY'
import base64
import sys

from browser import Browser

with Browser() as b:
    b.size(1200)
    b.scheme("light")
    b.open(sys.argv[1])
    b.settle()
    # down to the end of the pools over time, where the tables begin
    bottom = b.eval("document.querySelector('#chart-pool').getBoundingClientRect().bottom + scrollY + 16")
    shot = b.call("Page.captureScreenshot", format="webp", quality=82, captureBeyondViewport=True, clip={"x": 0, "y": 0, "width": 1200, "height": bottom, "scale": 0.85})
    open(sys.argv[2], "wb").write(base64.b64decode(shot["data"]))
PY
ls -l "$picture"
