# summary: of judged recordings: how often joins of each confidence are right, and how far the order of the queue tells anything
"""joins.py WORK [PATTERN]: WORK is the folder of `run.sh --phase judge --keep --work WORK`. Prints a line for each case and level: the bound,
which is the share of checkouts that are linked rightly with what was before them when it is known which requests wait for which shape
of checkout and only their order is taken from the wire (end of the checkout before, or arrival; against start, or dial); then a table of confidences."""
import collections
import fnmatch
import pathlib
import sqlite3
import sys

import cases
import judge

STEPS = [0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.01]


def shapes(db):
    """Sequence of statements of each checkout, by connection and start."""
    found, current = {}, {}
    rows = db.execute("SELECT conn_id, start_ns AS t, 0, end_ns FROM checkout UNION ALL "
                      "SELECT conn_id, sent_ns, 1, digest FROM statement ORDER BY 1, 2, 3")
    for conn, at_ns, kind, value in rows:
        if kind == 0:
            current[conn] = (at_ns, value)
            found[conn, at_ns] = []
        elif conn in current and at_ns <= current[conn][1]:
            sequence = found[conn, current[conn][0]]
            if not sequence or sequence[-1] != value:
                sequence.append(value)
    return {key: tuple(sequence) for key, sequence in found.items()}


def links(db, truth, checkouts):
    """(start, shape, served, wanted) of the checkouts whose request the truth log names."""
    arrivals = {truth.request_at(int(client.rsplit(":", 1)[1]), at): at
                for client, at in db.execute("SELECT client, arrival_ns FROM request")}
    opened = dict(db.execute("SELECT id, open_ns FROM connection"))
    shape, before, used = shapes(db), {}, set()
    for row in sorted(checkouts, key=lambda r: int(r["start_ns"])):
        conn, start = int(row["conn_id"]), int(row["start_ns"])
        holder = truth.holder(int(row["thread_id"]), start)
        served = start if conn in used else opened[conn]
        used.add(conn)
        if holder in arrivals:
            yield start, shape.get((conn, start)), served, before.get(holder, arrivals[holder])
            before[holder] = int(row["end_ns"])


def bound(found, level):
    """The n-th that waits for a shape gets the n-th checkout of it."""
    groups, right, total = collections.defaultdict(list), 0, 0
    for start, shape, served, wanted in found:
        if level[1] <= start < level[2]:
            groups[shape].append((served, wanted))
    for group in groups.values():
        total += len(group)
        right += sum(a == b for a, b in zip(sorted(group), sorted(group, key=lambda x: (x[1], x[0]))))
    return right / total if total else None


def main():
    work, pattern = pathlib.Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "*"
    said = [[0, 0.0, 0] for _ in STEPS]
    for case in cases.all_cases():
        if not fnmatch.fnmatch(case.name, pattern) or not (work / f"{case.name}.checkouts.csv").exists():
            continue
        truth, checkouts = judge.Truth(work / f"{case.name}.truth"), judge.read_csv(work / f"{case.name}.checkouts.csv")
        db = sqlite3.connect(f"file:{work / case.name}.run.db?mode=ro", uri=True)
        levels = [v for v in db.execute("SELECT users, start_ns, end_ns FROM level ORDER BY start_ns") if v[0] in case.users]
        found = list(links(db, truth, checkouts))
        for level in levels:
            share = bound(found, level)
            print(f"{case.name:38s} {level[0]:4d} users  bound {'-' if share is None else f'{100 * share:5.1f} %'}")
        for row in checkouts:
            start = int(row["start_ns"])
            holder = truth.holder(int(row["thread_id"]), start)
            if row["join"] == "none" or holder is None or not any(a <= start < b for _, a, b in levels):
                continue
            cell = said[max(i for i, step in enumerate(STEPS) if step <= float(row["confidence"]))]
            cell[0] += 1
            cell[1] += float(row["confidence"])
            cell[2] += truth.request_at(int(row["request_client_port"]), int(row["request_arrival_ns"])) == holder
    for low, (n, confidence, right) in zip(STEPS, said):
        if n:
            print(f"confidence from {low:.2f}: {n:6d} joins, said {confidence / n:.3f}, right {right / n:.3f}")


if __name__ == "__main__":
    main()
