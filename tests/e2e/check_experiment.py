#!/usr/bin/env python3
# summary: works out an experiment's cell means and main effects from the runs' own reports and compares: check_experiment.py BIN DIR
import json
import statistics
import subprocess
import sys
from pathlib import Path


def throughput(program, run):
    report = json.loads(subprocess.run([program, "report", run, "--format", "json"], capture_output=True, check=False).stdout)
    return report["levels"][-1]["throughput"]


def near(a, b):
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1)


def main():
    program, folder = Path(sys.argv[1]) / "poolprobe", Path(sys.argv[2])
    result = json.loads((folder / "experiment.json").read_text())
    table = next(r for r in result["steps"][-1]["responses"] if r["key"] == "throughput")
    values = {}
    for run in result["runs"]:
        values.setdefault(tuple(run["combination"].items()), []).append(throughput(program, run["path"]))
    for cell in table["combinations"]:
        mine = values[tuple(cell["combination"].items())]
        assert len(mine) == cell["runs"], cell
        assert near(statistics.mean(mine), cell["mean"]), cell
        assert near(statistics.variance(mine), cell["variance"]), cell
    for effect in table["effects"]:
        if effect["kind"] != "main":
            continue
        level = {
            side: statistics.mean(c["mean"] for c in table["combinations"] if c["combination"][effect["factor"]] == effect[side])
            for side in ("from", "to")
        }
        assert near(level["to"] - level["from"], effect["value"]), effect
        assert effect["low"] <= effect["value"] <= effect["high"], effect
    total = next(e for e in table["effects"] if e["kind"] == "total")
    shares = [e["value"] for e in table["effects"] if e["kind"] == "share"]
    assert near(sum(shares), total["value"]), (shares, total)
    print(f"{len(table['combinations'])} combinations, {len(table['effects'])} effects agree")


main()
