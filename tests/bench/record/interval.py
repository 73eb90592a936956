#!/usr/bin/env python3
# summary: what the tables of run.sh free|none say together: median loss with a 95 % interval by resampling the pairs
"""run.sh … | tee a; run.sh … | tee b; interval.py a b"""
import random
import re
import statistics
import sys

pairs = []
for name in sys.argv[1:]:
    for line in open(name, encoding="utf-8"):
        cells = [c.strip().removesuffix(" %") for c in line.strip().strip("|").split("|")]
        if len(cells) == 8 and re.fullmatch(r"\d+", cells[0]):
            pairs.append({"throughput": float(cells[3]), "CPU a query": float(cells[7]),
                          "recorder's CPU a query, us": float(cells[6]), "queries/s without": float(cells[1])})
if len(pairs) < 2:
    sys.exit("interval.py: needs two pairs at least")
random.seed(1)
print(f"{len(pairs)} pairs")
for key in pairs[0]:
    values = [p[key] for p in pairs]
    medians = sorted(statistics.median(random.choices(values, k=len(values))) for _ in range(10000))
    print(f"{key}: median {statistics.median(values):.1f}, 95 % interval {medians[250]:.1f} to {medians[9749]:.1f}, "
          f"all {min(values):.1f} to {max(values):.1f}")
