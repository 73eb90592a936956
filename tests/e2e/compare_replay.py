#!/usr/bin/env python3
# summary: a live run and the replay of its packets hold the same facts and budgets
import json
import sqlite3
import sys

TABLES = {
    "statement": "SELECT conn_id, digest, cmd, sent_ns, first_ns, last_ns, rows, affected_rows, errno, status, txn_id,"
    " ends_txn, ok, complete FROM statement ORDER BY sent_ns, conn_id, cmd",
    "txn": "SELECT conn_id, start_ns, end_ns, busy_ns, commit_ns, statements, end FROM txn ORDER BY start_ns, conn_id",
    "checkout": "SELECT conn_id, start_ns, end_ns, statements, txns, voided FROM checkout ORDER BY start_ns, conn_id",
    "request": "SELECT method, route, level_id, arrival_ns, first_ns, last_ns, status, complete FROM request"
    " ORDER BY arrival_ns, conn_id",
    "level": "SELECT id, users, start_ns, end_ns FROM level ORDER BY id",
}


def main():
    live, replay, live_json, replay_json = sys.argv[1:5]
    a, b = (sqlite3.connect(f"file:{p}?mode=ro", uri=True) for p in (live, replay))
    bad = 0
    for name, query in TABLES.items():
        x, y = a.execute(query).fetchall(), b.execute(query).fetchall()
        same = x == y and len(x) > 0
        print(f"{name}: {len(x)} and {len(y)} rows, {'same' if same else 'DIFFERENT'}")
        if not same:
            bad += 1
            print([p for p in zip(x, y) if p[0] != p[1]][:3])
    lx, ly = (json.load(open(p))["levels"] for p in (live_json, replay_json))
    same = [(v["users"], v["requests"], v["budget"], v["saturated"]) for v in lx] == [
        (v["users"], v["requests"], v["budget"], v["saturated"]) for v in ly]
    print(f"budgets: {'same' if same else 'DIFFERENT'}")
    return 1 if bad or not same else 0


sys.exit(main())
