#!/usr/bin/env python3
# summary: how many joins an ideal observer of the wire would have right, level by level: writes bounds.csv beside the results
"""bound.py WORK OUT.csv [--only PATTERN] [--held-out] [--sweeps N]

WORK is a folder of recordings (`run.sh --keep --work WORK`); only the wire's record and the truth log are read.

The observer sees the wire and is told by the truth log what no observer could know: which checkouts had to wait and in which
order the pool served them; how many checkouts of which shapes each request has; and how long the application takes before a first checkout,
between two and before the answer, as distributions of this very case and level, the local pace of the moment included (the median of the
true gaps nearby, without the request's own). Only whose checkout is whose is left to be told. Of that the sampler draws from the
posterior probability (Metropolis and Hastings): two requests exchange checkouts of the same shapes, one or several in a row; the
moment at which a checkout that waited was wanted is unknown and drawn too, between its neighbours in the queue. Each checkout then goes to
the request that held it in most of the samples, which is the choice that is right most often. The sampler begins with the truth, so that
where it moves slowly the figure is too high: it is a bound, and nothing that can be reached."""
import argparse
import bisect
import collections
import csv
import fnmatch
import itertools
import math
import pathlib
import random
import sqlite3

import cases
import joins
import judge

DIRECT_NS = 50_000  # waking a thread takes so long: nobody else was waited for
NEAR = 3            # true gaps on each side that tell the pace of the moment
RIVALS = 12         # checkouts of the same shape on each side, with which one may be exchanged
BEFORE, BETWEEN, AFTER = range(3)


class Take:
    """One checkout; `wanted` is what the sampler believes."""
    __slots__ = ("start", "end", "at", "conn", "shape", "wanted", "direct", "order", "owner", "true", "pos", "counts")


class Request:
    __slots__ = ("id", "since", "answer", "route", "takes")


def read_requests(db, truth):
    """By the truth log's id: what the wire shows of a request."""
    found = {}
    routes = {r["id"]: r["route"] for r in truth.requests}
    for client, arrival, ready, first, last in db.execute("SELECT client, arrival_ns, request_end_ns, first_ns, last_ns FROM request"):
        r = Request()
        r.id = truth.request_at(int(client.rsplit(":", 1)[1]), arrival)
        r.since = ready if arrival < ready < last else arrival
        r.answer, r.takes, r.route = first if first >= r.since else last, [], routes.get(r.id)
        if r.id is not None:
            found[r.id] = r
    return found


def acquires_of(truth):
    """(got, wanted) of each request's acquisitions by connection."""
    out = collections.defaultdict(list)
    for r in truth.requests:
        for a in r["acquires"]:
            if a["ok"]:
                out[r["id"], a["thread_id"]].append((a["got_ns"], a["want_ns"], a["dial_ns"]))
    return out


def read_takes(db, truth, requests):
    """The checkouts whose request the truth log names, by start; each request's are in its list."""
    shapes, acquires, used, takes = joins.shapes(db), acquires_of(truth), set(), []
    threads = {c: (t, o) for c, t, o in db.execute("SELECT id, thread_id, open_ns FROM connection")}
    for conn, start, end in db.execute("SELECT conn_id, start_ns, end_ns FROM checkout ORDER BY start_ns"):
        thread, opened = threads[conn]
        holder = truth.holder(thread, start)
        fresh, _ = conn not in used, used.add(conn)
        got = [a for a in acquires.get((holder, thread), []) if a[0] <= start]
        if holder not in requests or not got:
            continue
        k, (_, wanted, dial) = Take(), got[-1]
        k.start, k.end, k.conn, k.shape, k.true = start, end, conn, shapes.get((conn, start)), holder
        k.at = opened if fresh and dial > 0 else start
        k.direct = k.at - wanted < DIRECT_NS
        k.wanted = k.at if k.direct else wanted
        k.owner, k.counts = requests[holder], collections.Counter()
        k.pos = len(k.owner.takes)
        k.owner.takes.append(k)
        takes.append(k)
    return takes


class Gaps:
    """Density of one kind of gap: of its length, or of what it differs from the pace of the moment; what tells more."""

    def __init__(self, gaps, paces):
        self.plain = self.histogram([self.bin(g) for g in gaps])
        self.paced = self.histogram([self.bin(g - p) for g, p in zip(gaps, paces)])
        self.uses_pace = sum(math.log(self.density(self.paced, g - p) / self.density(self.plain, g))
                             for g, p in zip(gaps, paces)) > 0

    @staticmethod
    def bin(ns):
        """Eight an octave from 4 µs on, on both sides of 0."""
        if abs(ns) < 4096:
            return 0
        b = 1 + int(8 * math.log2(abs(ns) / 4096))
        return b if ns > 0 else -b

    @staticmethod
    def width(b):
        return 8192 if b == 0 else 4096 * (2 ** (abs(b) / 8) - 2 ** ((abs(b) - 1) / 8))

    def histogram(self, bins):
        out = collections.Counter()
        for b in bins:
            for near, weight in ((-2, 0.1), (-1, 0.2), (0, 0.4), (1, 0.2), (2, 0.1)):
                out[b + near] += weight / len(bins)
        return out

    def density(self, histogram, ns):
        b = self.bin(ns)
        return (0.99 * histogram.get(b, 0.0) + 1e-4) / self.width(b)

    def log(self, ns, pace):
        if ns < 0:
            return -1e9
        return math.log(self.density(self.paced, ns - pace) if self.uses_pace else self.density(self.plain, ns))


def true_gaps(requests):
    """(since, request, kind, gap) of every stretch of application time."""
    for r in requests:
        since, kind = r.since, BEFORE
        for k in r.takes:
            yield since, r.id, (kind, r.route if kind == BEFORE else ""), k.wanted - since
            since, kind = k.end, BETWEEN
        yield since, r.id, (AFTER, ""), r.answer - since


class Paces:
    """Median of the true gaps of a kind around a moment, without those of one request."""

    def __init__(self, gaps):
        self.by_kind = collections.defaultdict(list)
        for since, request, kind, gap in sorted(gaps):
            self.by_kind[kind].append((since, request, gap))

    def at(self, kind, since, request):
        all_of = self.by_kind[kind]
        i = bisect.bisect_left(all_of, (since,))
        before = itertools.islice((g for _, r, g in reversed(all_of[max(0, i - 40):i]) if r != request), NEAR)
        after = itertools.islice((g for _, r, g in all_of[i:i + 40] if r != request), NEAR)
        near = sorted([*before, *after])
        return near[len(near) // 2] if near else 0


class Sampler:
    """One level."""

    def __init__(self, takes, requests, seed):
        self.takes, self.random = takes, random.Random(seed)
        gaps = list(true_gaps(requests))
        self.paces, self.pace_of = Paces(gaps), {}
        kinds = collections.defaultdict(lambda: ([], []))
        for since, request, kind, gap in gaps:
            if gap >= 0:
                kinds[kind][0].append(gap)
                kinds[kind][1].append(self.paces.at(kind, since, request))
        self.gaps = {kind: Gaps(*both) for kind, both in kinds.items()}
        self.learn_same()
        self.queue = sorted((k for k in takes if not k.direct), key=lambda k: (k.wanted, k.at))
        for i, k in enumerate(self.queue):
            k.order = i
        groups = collections.defaultdict(list)
        for k in takes:
            groups[k.shape].append(k)
        self.rivals = {}
        for group in groups.values():
            for i, k in enumerate(group):
                self.rivals[k] = (group, i)

    def learn_same(self):
        """Of those who did not wait: how many got the connection they had before."""
        conns = len({k.conn for k in self.takes})
        pairs = [(a, b) for r in {k.owner for k in self.takes} for a, b in zip(r.takes, r.takes[1:]) if b.direct]
        same = (sum(a.conn == b.conn for a, b in pairs) + 1 / conns) / (len(pairs) + 1)
        self.log_same, self.log_other = math.log(same), math.log((1 - same + 1e-3) / max(1, conns - 1))

    def log_gap(self, kind, node, since, request, ns):
        """`node` stands for where the gap begins: the pace there is asked for once."""
        if kind not in self.gaps:
            return 0.0
        pace = self.pace_of.get((kind, node))
        if pace is None:
            pace = self.pace_of[kind, node] = self.paces.at(kind, since, request)
        return self.gaps[kind].log(ns, pace)

    def log_link(self, request, before, k):
        """`before`: a checkout, or None at the arrival; `k` None: the answer."""
        if before is None:
            kind, node, since, owner = (BEFORE, request.route), request.id, request.since, request.id
        else:
            kind, node, since, owner = (BETWEEN, ""), before, before.end, before.true
        if k is None:
            return self.log_gap((AFTER, ""), node, since, owner, request.answer - since)
        x = self.log_gap(kind, node, since, owner, k.wanted - since)
        if before is not None and k.direct:
            x += self.log_same if before.conn == k.conn else self.log_other
        return x

    @staticmethod
    def before(request, pos):
        return request.takes[pos - 1] if pos > 0 else None

    def exchange(self):
        """Two requests exchange checkouts that lie near each other, with as many of those that follow."""
        x = self.random.choice(self.takes)
        group, i = self.rivals[x]
        step = self.random.randint(1, RIVALS) * self.random.choice((-1, 1))
        if not 0 <= i + step < len(group):
            return
        y = group[i + step]
        a, b, p, q = x.owner, y.owner, x.pos, y.pos
        if a is b:
            return
        most = min(len(a.takes) - p, len(b.takes) - q)
        length = self.random.randint(1, most)
        if self.random.random() < 0.5:
            length = 1 if self.random.random() < 0.5 else most
        self.try_exchange(a, p, b, q, length)

    def try_exchange(self, a, p, b, q, length):
        mine, theirs = a.takes[p:p + length], b.takes[q:q + length]
        if any(s.shape != t.shape for s, t in zip(mine, theirs)):
            return
        before_a, before_b = self.before(a, p), self.before(b, q)
        next_a = a.takes[p + length] if p + length < len(a.takes) else None
        next_b = b.takes[q + length] if q + length < len(b.takes) else None
        for since, k, last, until in ((before_a.end if before_a else a.since, theirs[0], theirs[-1], next_a.at if next_a else a.answer),
                                      (before_b.end if before_b else b.since, mine[0], mine[-1], next_b.at if next_b else b.answer)):
            if k.wanted < since or last.end > until:
                return
        gain = (self.log_link(a, before_a, theirs[0]) + self.log_link(b, before_b, mine[0])
                + self.log_link(a, theirs[-1], next_a) + self.log_link(b, mine[-1], next_b)
                - self.log_link(a, before_a, mine[0]) - self.log_link(b, before_b, theirs[0])
                - self.log_link(a, mine[-1], next_a) - self.log_link(b, theirs[-1], next_b))
        if gain < 0 and self.random.random() >= math.exp(gain):
            return
        a.takes[p:p + length], b.takes[q:q + length] = theirs, mine
        for r, pos in ((a, p), (b, q)):
            for i in range(pos, pos + length):
                r.takes[i].owner, r.takes[i].pos = r, i

    def draw_wanted(self, k):
        """Anew between its neighbours in the queue."""
        r = k.owner
        before = self.before(r, k.pos)
        low = max(before.end if before else r.since, self.queue[k.order - 1].wanted if k.order > 0 else 0)
        high = min(k.at, self.queue[k.order + 1].wanted if k.order + 1 < len(self.queue) else k.at)
        if high <= low:
            return
        was, is_log = k.wanted, self.log_link(r, before, k)
        k.wanted = low + int(self.random.random() * (high - low))
        gain = self.log_link(r, before, k) - is_log
        if gain < 0 and self.random.random() >= math.exp(gain):
            k.wanted = was

    def run(self, sweeps):
        for sweep in range(sweeps):
            for _ in range(2 * len(self.takes)):
                self.exchange()
            for k in self.queue:
                self.draw_wanted(k)
            for k in self.takes if 3 * sweep >= sweeps else ():
                k.counts[k.owner.id] += 1


def bound(takes, level, sweeps):
    """(all, right) of the checkouts that began in the level."""
    inside = {k.owner for k in takes if level[1] <= k.start < level[2]}
    mine = [k for r in inside for k in r.takes]
    if not mine:
        return 0, 0
    mine.sort(key=lambda k: k.start)
    Sampler(mine, sorted(inside, key=lambda r: r.since), level[1]).run(sweeps)
    judged = [k for k in mine if level[1] <= k.start < level[2]]
    right = sum(k.counts.most_common(1)[0][0] == k.true for k in judged)
    for r in inside:  # as it was, for the next level
        r.takes = []
    for k in mine:
        k.owner = None
    return len(judged), right


def rows_of(work, case, sweeps):
    truth = judge.Truth(work / f"{case.name}.truth")
    db = sqlite3.connect(f"file:{work / case.name}.run.db?mode=ro", uri=True)
    takes = read_takes(db, truth, read_requests(db, truth))
    for level in db.execute("SELECT users, start_ns, end_ns FROM level ORDER BY start_ns"):
        if level[0] in case.users:
            total, right = bound([k for k in takes if k.owner is not None], level, sweeps)
            yield {"case": case.name, "users": level[0], "checkouts": total, "bound_right": right}


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("work", type=pathlib.Path)
    ap.add_argument("out")
    ap.add_argument("--only", default="*")
    ap.add_argument("--held-out", action="store_true")
    ap.add_argument("--sweeps", type=int, default=90)
    args = ap.parse_args()
    pools = cases.HELD_OUT_POOLS if args.held_out else cases.POOLS
    rows = []
    for case in cases.all_cases(pools):
        if any(fnmatch.fnmatch(case.name, p) for p in args.only.split(",")) and (args.work / f"{case.name}.truth").exists():
            for row in rows_of(args.work, case, args.sweeps):
                rows.append(row)
                print(f"{row['case']:38s} {row['users']:4d} users  bound {100 * row['bound_right'] / max(1, row['checkouts']):5.1f} %",
                      flush=True)
    with open(args.out, "w", newline="") as f:
        out = csv.DictWriter(f, ["case", "users", "checkouts", "bound_right"], lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


if __name__ == "__main__":
    main()
