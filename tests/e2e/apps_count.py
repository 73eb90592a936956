#!/usr/bin/env python3
# summary: statements on the wire for each request of the single user before the ramp, by endpoint; the same in both applications
"""Usage: apps_count.py FASTAPI.run.db DJANGO.run.db

That user sends one request at a time, so that every statement between a request's arrival and its answer belongs to it.
Exit 1 when requests of one endpoint differ, or the applications do, but for the way in which they open a transaction:
Tortoise sends BEGIN, Django turns autocommit off and on again.
"""
import sqlite3
import sys
from collections import Counter

ENDPOINTS = {
    "POST /io-intensive": {"INSERT": 8, "SELECT": 16, "UPDATE": 40, "DELETE": 8, "COMMIT": 8},
    "GET /users": {"SELECT": 1},
    "GET /products": {"SELECT": 1},
    "GET /orders": {"SELECT": 1},
}
OPENING = {"fastapi": {"BEGIN": 8}, "django": {"SET": 16}}


def counts(path: str) -> dict[str, list[Counter]]:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (first_level,) = db.execute("SELECT min(start_ns) FROM level").fetchone()
    requests = db.execute(
        "SELECT method || ' ' || route, arrival_ns, last_ns FROM request WHERE level_id IS NULL AND last_ns < ? "
        "AND route <> '/health' AND complete ORDER BY arrival_ns", (first_level,)
    ).fetchall()
    found: dict[str, list[Counter]] = {}
    for endpoint, start, end in requests:
        # A request that opened a connection carries its set-up too: left out.
        (opened,) = db.execute("SELECT count(*) FROM connection WHERE open_ns BETWEEN ? AND ?", (start, end)).fetchone()
        if opened:
            continue
        texts = db.execute(
            "SELECT d.text FROM statement s JOIN digest d ON d.id = s.digest JOIN connection c ON c.id = s.conn_id "
            "WHERE s.sent_ns BETWEEN ? AND ? AND c.user = 'benchmark_user'", (start, end)
        )
        kinds = Counter(text.split()[0].upper() for (text,) in texts)
        found.setdefault(endpoint, []).append(kinds)
    return found


def check(name: str, path: str) -> list[str]:
    wrong = []
    found = counts(path)
    for endpoint, want in ENDPOINTS.items():
        expected = Counter(want) + Counter(OPENING[name] if "io-" in endpoint else {})
        requests = found.get(endpoint, [])
        if not requests:
            wrong.append(f"{name}: no {endpoint} of the single user")
        for kinds in requests:
            if kinds != expected:
                wrong.append(f"{name}: {endpoint}: {dict(kinds)} instead of {dict(expected)}")
        print(f"{name}: {endpoint}: {len(requests)} requests; wanted of each: {sum(expected.values())} statements {dict(expected)}")
    return wrong


def main() -> None:
    wrong = check("fastapi", sys.argv[1]) + check("django", sys.argv[2])
    print("\n".join(wrong[:20]))
    sys.exit(bool(wrong))


main()
