# summary: one recorded case against its truth log: waits, causes, joins, budgets; a row a level
"""judge(case, report, truth, requests_csv, checkouts_csv) gives the rows of results.csv. The two CSV files are those of
`poolprobe report --by request` and `--by checkout`."""
import bisect
import csv
import json
import math

CAUSES = ["exhausted", "dial", "blocked_by_dial", "lost_wakeup"]
FIELDS = (["case", "pool", "dial", "reuse", "mode", "cpu", "users", "requests", "in_flight", "app_cpu", "machine_cpu",
           "true_ms", "found_ms", "low_ms", "high_ms", "true_p95_ms", "found_p95_ms"]
          + [f"true_{c}" for c in CAUSES] + [f"found_{c}" for c in CAUSES]
          + ["checkouts", "joined", "joined_right", "per_request_ms", "kernel_drops", "voided"])


class Truth:
    """What the reference target wrote down."""

    def __init__(self, path):
        self.requests, self.by_port, leases = [], {}, {}
        for line in open(path):
            row = json.loads(line)
            if row["type"] != "request":
                continue
            self.requests.append(row)
            self.by_port.setdefault(row["client_port"], []).append((row["arrival_ns"], row["id"]))
            for a in row["acquires"]:
                if a["ok"]:
                    leases.setdefault(a["thread_id"], []).append((a["got_ns"], row["id"]))
        for spans in self.by_port.values():
            spans.sort()
        self.leases = {thread: sorted(spans) for thread, spans in leases.items()}

    def request_at(self, port, arrival_ns):
        """The request that the target got on this port first after its bytes were captured."""
        spans = self.by_port.get(port, [])
        at = bisect.bisect_left(spans, (arrival_ns, 0))
        return spans[at][1] if at < len(spans) else None

    def holder(self, thread, at_ns):
        """The request that held the connection when a command was captured."""
        spans = self.leases.get(thread, [])
        at = bisect.bisect_right(spans, (at_ns, math.inf))
        return spans[at - 1][1] if at > 0 else None


def wait_ns(request):
    """A call that never stood in the queue and never dialled has none of the four causes: what the pool's own code takes then is
    the application's time in the budget (`app`), as the code before it is, and no wait."""
    return sum(a["got_ns"] - a["want_ns"] for a in request["acquires"] if a["cause"] != "none")


def causes_ns(request):
    """Each wait's parts; what the pool itself took (the lock, until the thread ran) goes with the wait's cause."""
    out = dict.fromkeys(CAUSES, 0)
    for a in request["acquires"]:
        for c in CAUSES:
            out[c] += a[f"{c}_ns"]
        if a["cause"] in out:
            out[a["cause"]] += a["other_ns"]
    return out


def percentile(values, share):
    """The smallest value that so many are not above."""
    values = sorted(values)
    return values[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0


def shares(parts):
    total = sum(parts.values())
    return {c: parts[c] / total if total > 0 else 0.0 for c in CAUSES}


def judge_joins(truth, checkouts, level):
    """(all, joined, right) of the checkouts that began in the level and that a request of the truth log made."""
    total = joined = right = 0
    for row in checkouts:
        start = int(row["start_ns"])
        if not level["start_ns"] <= start < level["end_ns"]:
            continue
        holder = truth.holder(int(row["thread_id"]), start)
        if holder is None:
            continue
        total += 1
        if row["join"] == "none" or not row["request_id"]:
            continue
        joined += 1
        right += truth.request_at(int(row["request_client_port"]), int(row["request_arrival_ns"])) == holder
    return total, joined, right


def overlap(request, level):
    """Nanoseconds of the level with this request in flight."""
    return max(0, min(request["end_ns"], level["end_ns"]) - max(request["arrival_ns"], level["start_ns"]))


def found_waits(requests, level_id):
    """Each request's acquisition wait in ns as the report gives it."""
    lines = [f"acquire_{c}_ns" for c in CAUSES]
    return [sum(int(r[line] or 0) for line in lines) for r in requests if int(r["level_id"] or 0) == level_id]


def of_level(truth, level, requests):
    """The level's requests in the truth log. An event loop that is busy reads a request long after it came: the report's
    requests say which ones are meant, where there are any."""
    if not requests:
        return [r for r in truth.requests if level["start_ns"] <= r["arrival_ns"] < level["end_ns"]]
    ids = {truth.request_at(int(r["client_port"]), int(r["arrival_ns"])) for r in requests
           if int(r["level_id"] or 0) == level["id"]}
    return [r for r in truth.requests if r["id"] in ids]


def judge_level(case, report, level, truth, requests, checkouts):
    mine = of_level(truth, level, requests)
    n = max(1, len(mine))
    true = dict.fromkeys(CAUSES, 0)
    for r in mine:
        for c, ns in causes_ns(r).items():
            true[c] += ns
    budget, interval = level["budget"], level["budget_interval"]
    found = {c: budget[f"acquire_{c}"] for c in CAUSES}
    row = {**case.columns(), "users": level["users"], "requests": len(mine),
           "in_flight": sum(overlap(r, level) for r in truth.requests) / (level["end_ns"] - level["start_ns"]),
           "true_ms": sum(map(wait_ns, mine)) / n / 1e6, "found_ms": sum(found.values()),
           "low_ms": sum(interval[f"acquire_{c}"]["low"] for c in CAUSES),
           "high_ms": sum(interval[f"acquire_{c}"]["high"] for c in CAUSES),
           "true_p95_ms": percentile([wait_ns(r) / 1e6 for r in mine], 0.95),
           "kernel_drops": report["capture"]["kernel_drops"], "voided": report["capture"]["voided_statements"]}
    row.update({f"true_{c}": v for c, v in shares(true).items()})
    row.update({f"found_{c}": v for c, v in shares(found).items()})
    waits = found_waits(requests, level["id"]) if requests else []
    if waits:
        row["found_p95_ms"] = percentile(waits, 0.95) / 1e6
        row["per_request_ms"] = sum(waits) / len(waits) / 1e6
    if checkouts:
        row["checkouts"], row["joined"], row["joined_right"] = judge_joins(truth, checkouts, level)
    return row


def read_csv(path):
    try:
        with open(path, newline="") as f:
            return list(csv.DictReader(f))
    except FileNotFoundError:
        return []


def judge(case, report_path, truth_path, requests_path, checkouts_path):
    report = json.load(open(report_path))
    truth = Truth(truth_path)
    requests, checkouts = read_csv(requests_path), read_csv(checkouts_path)
    return [judge_level(case, report, level, truth, requests, checkouts) for level in report["levels"]
            if level["users"] in case.users]


# ---- what ATTRIBUTION asks for ----

# A mean or a percentile this small is at the resolution of the truth log itself: waking a thread takes 0.05 ms.
FLOOR_MS = 0.1


def number(row, field):
    return float(row[field]) if row.get(field) not in (None, "") else None


def misses_mean(row, tolerance=0.05):
    true, found = number(row, "true_ms"), number(row, "found_ms")
    return abs(found - true) > max(tolerance * true, FLOOR_MS)


def misses_p95(row, tolerance=0.10):
    true, found = number(row, "true_p95_ms"), number(row, "found_p95_ms")
    return None if found is None else abs(found - true) > max(tolerance * true, FLOOR_MS)


def worst_cause(row):
    """Largest difference of a cause's share in points, None where nobody waited."""
    if number(row, "true_ms") < FLOOR_MS:
        return None
    return 100 * max(abs(number(row, f"true_{c}") - number(row, f"found_{c}")) for c in CAUSES)


def misses_causes(row, points=5):
    worst = worst_cause(row)
    return None if worst is None else worst > points


def joins_wanted(row):
    """95 % at 10 in flight, 90 % at 100; between and beyond on the line through both."""
    return 0.95 - 0.05 * max(0.0, (number(row, "in_flight") - 10) / 90)


def joins_right(row):
    total = number(row, "checkouts")
    return number(row, "joined_right") / total if total else None


def misses_joins(row):
    right = joins_right(row)
    return None if right is None else right < joins_wanted(row)
