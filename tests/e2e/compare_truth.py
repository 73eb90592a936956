#!/usr/bin/env python3
# summary: compares a report's mean acquisition wait per level with the reference target's truth log
"""Usage: compare_truth.py REPORT.json TRUTH.jsonl [--tolerance 0.10] [--quiet]

Prints a table; exit 1 when a level with a true wait above 1 ms misses the tolerance, or a level without one shows more
than 0.1 ms, or has no request, or a budget does not add up to the mean latency."""
import argparse
import json
import sys

WAITS = ["acquire_exhausted", "acquire_dial", "acquire_blocked_by_dial", "acquire_lost_wakeup"]


def truth_waits(path, levels):
    """Mean true wait and latency in ms of the requests that arrived in each level."""
    sums = {lv["id"]: [0, 0, 0] for lv in levels}
    for line in open(path):
        row = json.loads(line)
        if row["type"] != "request":
            continue
        for lv in levels:
            if lv["start_ns"] <= row["arrival_ns"] < lv["end_ns"]:
                s = sums[lv["id"]]
                s[0] += 1
                s[1] += sum(a["got_ns"] - a["want_ns"] for a in row["acquires"] if a["got_ns"])
                s[2] += row["end_ns"] - row["arrival_ns"]
    return {k: (n, w / n / 1e6 if n else 0.0, t / n / 1e6 if n else 0.0) for k, (n, w, t) in sums.items()}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("report")
    ap.add_argument("truth")
    ap.add_argument("--tolerance", type=float, default=0.10)
    args = ap.parse_args()
    report = json.load(open(args.report))
    levels = report["levels"]
    truth = truth_waits(args.truth, levels)
    bad = 0
    print("users  requests (truth)  true wait ms  found ms  interval ms         error   latency ms  saturated")
    for lv in levels:
        n, true_wait, _ = truth[lv["id"]]
        budget = lv["budget"]
        found = sum(budget[w] for w in WAITS)
        low = sum(lv["budget_interval"][w]["low"] for w in WAITS)
        high = sum(lv["budget_interval"][w]["high"] for w in WAITS)
        error = (found - true_wait) / true_wait if true_wait > 0 else 0.0
        print(f"{lv['users']:5d}  {lv['requests']:8d} ({n:5d})  {true_wait:12.3f}  {found:8.3f}  {low:8.3f}–{high:8.3f}"
              f"  {100 * error:6.1f} %  {lv['latency']['mean_ms']:10.3f}  {100 * lv['saturated']:8.1f} %")
        if lv["requests"] == 0:
            print("  no request: the machine stood still")
            bad += 1
        if abs(sum(budget.values()) - lv["latency"]["mean_ms"]) > 1e-6:
            print(f"  budget adds up to {sum(budget.values())}, not to the mean latency {lv['latency']['mean_ms']}")
            bad += 1
        if true_wait > 1.0 and abs(error) > args.tolerance:
            print(f"  outside {100 * args.tolerance:.0f} %")
            bad += 1
        if true_wait <= 0.05 and found > 0.1:
            print("  a wait where there was none")
            bad += 1
    return 1 if bad or not levels else 0


sys.exit(main())
