#!/usr/bin/env python3
# summary: writes docs/accuracy.md from the results of the proof: what holds, every case, the missed ones marked
"""table.py RESULTS.csv HELD-OUT.csv OUT.md [--mysql TEXT]: cases held out are left out of the page while HELD-OUT.csv is not there"""
import argparse
import os

import cases
import judge
import page
from page import cell, count, covers, optional, pair

HEAD = """<!-- summary: the proof of the attribution: every case of pool, dialling, reuse, threads and CPU against the truth log -->
# Accuracy

`reftarget` writes down the true wait of each request and its cause ([its log](reftarget.md#the-truth-log)); the probe never reads
that. `tests/accuracy/run.sh` records {cases} cases on a real MySQL server and compares: pools of 1 to 100 connections, dialling in
parallel or serially, FIFO or LIFO reuse, threads or an event loop, with and without a saturated application CPU. Each case has two levels of a
closed load: 10 users, and 100 (200 for the pool of 100), so that there are requests that wait and requests that do not; one user alone
comes first, as in `start_benchmark.sh`.

Half of the load, and more, is `POST /held-transaction`, which holds its connection for 10 ms or more (2 ms for each connection of the pool), so
that two cores carry every case; the rest is `GET /users`, `GET /orders` and `POST /io-intensive` (16 checkouts of their own). Connections are
recycled after 0.5 s, so that there are dials in each level. Where the CPU is to be saturated each request burns as much as the
processors can do while the pool turns over once, and a fifth more.

    tests/accuracy/run.sh --write       # all cases, about 20 minutes; goes on where it stopped
    tests/accuracy/run.sh --only 'pool10-*-loop-*' --again --write
    tests/accuracy/run.sh --held-out --write    # 48 cases more, about 9 minutes

The last run: {machine}. Every figure below is in `tests/accuracy/results.csv` and
`tests/accuracy/results-held-out.csv`: the cases held out are of pools of {held_out} connections, which nobody looked at while the estimates were written.

## What was asked, and what was found

| | wanted | within | missed | held out: within | missed |
| --- | --- | --- | --- | --- | --- |
{summary}

A difference below {floor} ms counts as none: that is what waking a thread takes, and the resolution of the truth log. Joins are
right when the checkout went to the request that the truth log names through the connection and the time; one that was not joined
counts as wrong. What is wanted of them lies on the line through 95 % at 10 requests in flight and 90 % at 100, and goes on beyond.
A cause's share is of the whole acquisition wait; the column has the largest difference of the four, in points.

{notes}## Every level of every case

`mean` and `p95` are of the acquisition wait of a request in ms, true → found; `interval` is what the report gives for the mean; `per request`
is the mean of the budgets of single requests, which has to agree with the population method's `found`. **Bold**: missed.

"""


def table_row(row):
    joins = judge.joins_right(row)
    causes = judge.worst_cause(row)
    per_request = judge.number(row, "per_request_ms")
    return "| " + " | ".join([
        row["pool"], row["dial"], row["reuse"], row["mode"], row["cpu"], row["users"],
        f"{judge.number(row, 'in_flight'):.0f}",
        pair(row, "true_ms", "found_ms", judge.misses_mean(row)),
        f"{judge.number(row, 'low_ms'):.3g}–{judge.number(row, 'high_ms'):.3g}",
        pair(row, "true_p95_ms", "found_p95_ms", judge.misses_p95(row)),
        optional(causes, "{:.1f}", judge.misses_causes(row)),
        optional(None if joins is None else 100 * joins, "{:.1f} %", judge.misses_joins(row)),
        optional(per_request, "{:.3g}", False),
        f"{100 * judge.number(row, 'app_cpu'):.0f} %, {100 * judge.number(row, 'machine_cpu'):.0f} %"]) + " |"


COLUMNS = ["pool", "dial", "reuse", "mode", "CPU", "users", "in flight", "mean", "interval", "p95", "causes", "joins",
           "per request", "CPU of application, machine"]


def table(rows):
    head = "| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS) + "\n"
    return head + "\n".join(map(table_row, rows)) + "\n"


def disagree(row):
    mean, found = judge.number(row, "per_request_ms"), judge.number(row, "found_ms")
    return None if mean is None else abs(mean - found) > max(0.05 * found, judge.FLOOR_MS)


def summary(rows, held_out):
    kinds = [("mean acquisition wait", "within 5 %", judge.misses_mean),
             ("the true mean lies in the interval given", "all", covers),
             ("p95 of the requests' waits", "within 10 %", judge.misses_p95),
             ("shares of the four causes", "within 5 points", judge.misses_causes),
             ("joins without a trace id", "95 % at 10 in flight, 90 % at 100", judge.misses_joins),
             ("budgets of requests agree with the population method", "within 5 %", disagree)]
    out = []
    for cpu in ["calm", "saturated"]:
        parts = [[r for r in some if r["cpu"] == cpu] for some in (rows, held_out)]
        for name, wanted, judged in kinds:
            counts = [cell for part in parts for cell in (count(part, judged) if part else ("—", "—"))]
            out.append("| " + " | ".join([f"{name}, CPU {cpu}", wanted, *counts]) + " |")
    return "\n".join(out)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("results")
    ap.add_argument("held_out")
    ap.add_argument("out")
    ap.add_argument("--mysql", default="")
    args = ap.parse_args()
    rows, held_out = judge.read_csv(args.results), judge.read_csv(args.held_out)
    wanted = len(list(cases.all_cases()))
    have = len({r["case"] for r in rows})
    old = open(args.out).read() if os.path.exists(args.out) else ""
    machine = page.machine_of(old, args.mysql)
    notes = page.section(args.out, "## Why cases miss") + page.section(args.out, "## FastAPI and Django")
    text = HEAD.format(cases=f"{have} of {wanted}" if have < wanted else wanted, machine=machine,
                       summary=summary(rows, held_out), held_out=", ".join(map(str, cases.HELD_OUT_POOLS)), floor=judge.FLOOR_MS, notes=notes)
    text += table(rows)
    if held_out:
        text += "\n### Cases held out\n\n" + table(held_out)
    open(args.out, "w").write(text)


main()
