#!/usr/bin/env python3
# summary: what the tables of run.sh free|none say together: medians with a 95 % interval by resampling the rounds
"""run.sh … | tee a; run.sh … | tee b; interval.py a b"""
import random
import re
import statistics
import sys

COLUMNS = ("queries/s without", "with", "with tcpdump", "loss of throughput, %", "with tcpdump, %", "CPU us a query without",
           "with", "with tcpdump", "recorder's CPU us a query", "loss by CPU, %", "reschedules a query without", "with",
           "with tcpdump")
rows = []
for name in sys.argv[1:]:
    for line in open(name, encoding="utf-8"):
        cells = [c.strip().removesuffix(" %") for c in line.strip().strip("|").split("|")]
        if len(cells) == len(COLUMNS) + 1 and re.fullmatch(r"\d+", cells[0]):
            rows.append([float(c) for c in cells[1:]])
if len(rows) < 2:
    sys.exit("interval.py: needs two rounds at least")
random.seed(1)


def say(name, values, digits):
    medians = sorted(statistics.median(random.choices(values, k=len(values))) for _ in range(10000))
    print(f"{name}: median {statistics.median(values):.{digits}f}, 95 % interval {medians[250]:.{digits}f} to "
          f"{medians[9749]:.{digits}f}, all {min(values):.{digits}f} to {max(values):.{digits}f}")


print(f"{len(rows)} rounds")
for column, name in enumerate(COLUMNS):
    say(name, [row[column] for row in rows], 3 if column >= 10 else 1)

# What a query costs server and sysbench, by how many reschedules it takes: all runs of all three kinds, one line through them.
points = [(row[i + 10], row[i + 5]) for row in rows for i in range(3)]
x, y = zip(*points)
if max(x) > min(x):
    line = statistics.linear_regression(x, y)
    print(f"CPU us a query = {line.intercept:.1f} + {line.slope:.1f} times the reschedules a query, correlation "
          f"{statistics.correlation(x, y):.2f}")
    for kind, at in (("without", 0), ("with", 1), ("with tcpdump", 2)):
        say(f"CPU us a query {kind}, beyond that line", [row[at + 5] - line.intercept - line.slope * row[at + 10] for row in rows], 1)
