#!/usr/bin/env python3
# summary: what must hold in every truth log of reftarget; times are exact integers, which jq's doubles cannot hold
"""Usage: check_truth.py TRUTH.jsonl; prints what is wrong, exit 1 when anything is."""
import json
import sys

PARTS = ["exhausted_ns", "dial_ns", "blocked_by_dial_ns", "lost_wakeup_ns", "other_ns"]


def check_acquire(a):
    yield a["wait_ns"] == a["got_ns"] - a["want_ns"], "wait_ns is not got_ns - want_ns"
    yield a["wait_ns"] >= 0, "negative wait"
    yield sum(a[p] for p in PARTS) == a["wait_ns"], "parts do not add up to the wait"
    yield all(a[p] >= 0 for p in PARTS), "negative part"
    longest = max(PARTS[:-1], key=lambda p: a[p])
    yield a["cause"] == (longest[:-3] if a[longest] > 0 else "none"), "cause is not the longest part"
    if a["ok"]:
        yield a["released_ns"] >= a["got_ns"] and a["thread_id"] > 0, "got but not released, or without thread"
    else:
        yield a["released_ns"] == 0 and a["thread_id"] == 0, "not got but released"


def check_branch(r, branch):
    """Within a branch of a request one thing comes after another; branches run beside each other."""
    order = [r["arrival_ns"]]
    for a in r["acquires"]:
        if a["branch"] == branch:
            order += [a["want_ns"], a["got_ns"]] + ([a["released_ns"]] if a["ok"] else [])
    yield order + [r["end_ns"]] == sorted(order + [r["end_ns"]]), "times out of order"
    ends = [c["end_ns"] for c in r["commands"] if r["acquires"][c["acquire"]]["branch"] == branch]
    yield ends == sorted(ends), "commands overlap"


def check_request(r, dialled):
    yield "dropped" not in r, "facts were dropped"
    for a in r["acquires"]:
        yield from check_acquire(a)
        yield not a["ok"] or a["thread_id"] in dialled, "a connection that nobody dialled"
    for c in r["commands"]:
        a = r["acquires"][c["acquire"]]
        yield a["got_ns"] <= c["start_ns"] <= c["end_ns"] <= a["released_ns"], "command outside its lease"
        yield c["ok"] == (c["errno"] == 0), "ok and errno disagree"
    for branch in {a["branch"] for a in r["acquires"]}:
        yield from check_branch(r, branch)
    ends = [c["end_ns"] for c in r["commands"]]
    for t in r["transactions"]:
        yield t["start_ns"] <= t["end_ns"] and t["end_ns"] in ends, "transaction does not end with a command"
    yield (r["status"] == 200) == (r["error"] is None), "status and error disagree"


def check_config(rows):
    """What the configuration rules out."""
    config = rows[0]
    acquires = [a for r in rows if r["type"] == "request" for a in r["acquires"]]
    closes = [r["why"] for r in rows if r["type"] == "close"]
    yield config["lose_wakeup_percent"] > 0 or not any(a["lost_wakeup_ns"] for a in acquires), "a lost wake-up"
    yield config["dial"] == "serial" or not any(a["blocked_by_dial_ns"] for a in acquires), "a blocking dial"
    yield config["recycle_ns"] > 0 or "old" not in closes, "a connection was recycled"
    yield config["idle_timeout_ns"] > 0 or "idle" not in closes, "an idle connection was closed"
    dials = {r["thread_id"]: r["end_ns"] for r in rows if r["type"] == "dial" and r["ok"]}
    for r in rows:
        if r["type"] != "close":
            continue
        yield r["thread_id"] in dials, "a connection was closed that nobody dialled"
        age = r["at_ns"] - dials.get(r["thread_id"], 0)
        yield r["why"] != "old" or age >= 0.9 * config["recycle_ns"], "a young connection was recycled"


def check_exclusive(requests):
    """No connection serves two leases at a time. A lease counts from got_ns to the end of its last command: released_ns
    is read after pool_release has handed the connection on, so that it may lie after the next one's got_ns."""
    leases = {}
    for r in requests:
        ends = {}
        for c in r["commands"]:
            ends[c["acquire"]] = c["end_ns"]
        for i, a in enumerate(r["acquires"]):
            if a["ok"]:
                leases.setdefault(a["thread_id"], []).append((a["got_ns"], ends.get(i, a["got_ns"])))
    for thread, spans in leases.items():
        spans.sort()
        for (_, end), (got, _) in zip(spans, spans[1:]):
            yield got >= end, f"thread {thread} served two leases at a time"


def main():
    rows = [json.loads(line) for line in open(sys.argv[1])]
    requests = [r for r in rows if r["type"] == "request"]
    dialled = {r["thread_id"] for r in rows if r["type"] == "dial" and r["ok"]}
    wrong = []
    if not rows or rows[0]["type"] != "config" or not requests:
        wrong.append("no configuration line first, or no request")
    for r in requests:
        wrong += [f"request {r['id']}: {what}" for good, what in check_request(r, dialled) if not good]
    wrong += [what for good, what in check_exclusive(requests) if not good]
    wrong += [what for good, what in check_config(rows) if not good]
    ids = [r["id"] for r in requests]
    if len(set(ids)) != len(ids):
        wrong.append("a request's id is there twice")
    print("\n".join(wrong[:20]) or f"{len(requests)} requests are consistent")
    return 1 if wrong else 0


sys.exit(main())
