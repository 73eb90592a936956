#!/usr/bin/env python3
# summary: every command of the truth log is a statement of the run, connection by connection (joined by thread id)
import json
import sqlite3
import sys
from collections import Counter


def main():
    run, truth = sys.argv[1:3]
    told = Counter()
    for line in open(truth):
        row = json.loads(line)
        if row["type"] == "request":
            for c in row["commands"]:
                told[row["acquires"][c["acquire"]]["thread_id"]] += 1
    db = sqlite3.connect(f"file:{run}?mode=ro", uri=True)
    rows = db.execute(
        "SELECT c.thread_id, count(*) FROM statement s JOIN connection c ON c.id = s.conn_id"
        " WHERE s.cmd = 'QUERY' AND s.complete GROUP BY 1")
    seen = dict(rows.fetchall())
    wrong = {t: (n, seen.get(t, 0)) for t, n in told.items() if seen.get(t, 0) < n}
    setup = {t: seen[t] - n for t, n in told.items() if seen.get(t, 0) > n}
    print(f"{sum(told.values())} commands on {len(told)} connections; further statements (dialling): {sum(setup.values())}")
    # Dialling sends a few initial statements on each connection, the same number on all of them.
    if wrong or len(set(setup.values())) > 1 or not told:
        print("missing (thread: told, seen):", wrong, "further:", setup)
        return 1
    return 0


sys.exit(main())
