# summary: makes a truth log in reftarget's format of what the witness of an application wrote down
"""truth.py WITNESS.jsonl TRUTH.jsonl

The rows are played back: at each instant the replay knows who waits in which order, who dials, and how many connections are free. The
parts of a wait follow docs/reftarget.md. What is particular to aiomysql: a dial holds the pool's lock; those who wait for the lock are
served before those who wait for a release; a released connection lies in the pool until a waiter has been woken and has the lock
again (other_ns), and whoever comes first takes it. Nobody on his way while a connection lies free: lost_wakeup_ns.

In Django there is no pool: each thread has its connection, and the only wait is its dial. A request has also `handled_ns`: until then it
waited for a thread of gunicorn, which is no wait for a connection."""
import json
import sys

PARTS = ["exhausted_ns", "dial_ns", "blocked_by_dial_ns", "lost_wakeup_ns", "other_ns"]
LOCK, RELEASE = 0, 1  # what a waiter waits for; in this order they are served


class Wait:
    """One call of the pool that has not been answered."""

    def __init__(self, number, request, ns):
        self.number, self.request, self.want_ns = number, request, ns
        self.waits_for, self.since_ns = LOCK, ns
        self.parts = dict.fromkeys(PARTS, 0)

    def order(self):
        return self.waits_for, self.since_ns, self.number


class Replay:
    def __init__(self):
        self.config = {"type": "config", "dial": "serial", "pool_min": 0, "pool_max": 0}
        self.requests, self.leases, self.waits, self.lines, self.phases = {}, {}, {}, [], {}
        self.free = self.opened = self.coming = 0
        self.diallers = {}  # who dials: its start
        self.now_ns = 0

    # ---- the parts of the waits ----

    def part(self, place):
        """Of the waiter at this place of the queue, who does not dial himself."""
        if not self.config["pool_max"]:  # no pool, no queue
            return "other_ns"
        served = place < self.free + max(0, self.config["pool_max"] - self.opened)
        if not served:
            return "exhausted_ns"
        if self.diallers:
            return "blocked_by_dial_ns"
        on_the_way = self.coming > 0 or any(w.waits_for == LOCK for w in self.waits.values())
        return "other_ns" if on_the_way else "lost_wakeup_ns"

    def pass_time(self, ns):
        length = ns - self.now_ns
        self.now_ns = ns
        if length <= 0 or not self.waits:
            return
        place = 0
        for wait in sorted(self.waits.values(), key=Wait.order):
            if wait.number in self.diallers:
                wait.parts["dial_ns"] += length
            else:
                wait.parts[self.part(place)] += length
                place += 1

    # ---- rows ----

    def row(self, ns, kind, *args):
        self.pass_time(ns)
        getattr(self, "on_" + kind)(ns, *args)

    def on_pool(self, ns, least, most):
        self.config.update(pool_min=least, pool_max=most)

    def on_request(self, ns, number, port, method, route):
        self.requests[number] = {"type": "request", "id": number, "method": method, "route": route, "arrival_ns": ns,
                                 "end_ns": 0, "client_port": port, "acquires": []}

    def on_handle(self, ns, number):
        self.requests[number]["handled_ns"] = ns

    def on_answer(self, ns, number):
        self.requests[number]["end_ns"] = ns

    def on_want(self, ns, number, request):
        self.waits[number] = Wait(number, request, ns)

    def on_wait(self, ns, number):
        self.waits[number].waits_for, self.waits[number].since_ns = RELEASE, ns

    def on_notify(self, ns, n):
        sleeping = sum(w.waits_for == RELEASE for w in self.waits.values())
        self.coming += min(n, max(0, sleeping - self.coming))

    def on_woken(self, ns, number):
        self.coming = max(0, self.coming - 1)
        self.waits[number].waits_for, self.waits[number].since_ns = LOCK, ns

    def on_wakeup(self, ns):
        self.coming = max(0, self.coming - 1)

    def on_got(self, ns, number, thread):
        self.free = max(0, self.free - 1)
        self.leases[number] = self.answered(ns, number, thread)

    def on_denied(self, ns, number):
        self.answered(ns, number, 0)

    def on_release(self, ns, number, kept):
        self.coming += 1  # the pool's task that will wake somebody
        if kept:
            self.free += 1
        else:
            self.opened -= 1
        if number in self.leases:
            self.leases.pop(number)["released_ns"] = ns

    def on_dial(self, ns, number):
        self.diallers[number] = ns
        self.opened += 1

    def on_dialled(self, ns, number, thread, errno):
        start_ns = self.diallers.pop(number, ns)
        if errno:
            self.opened -= 1
        else:
            self.free += 1
        self.lines.append({"type": "dial", "start_ns": start_ns, "end_ns": ns, "thread_id": thread, "ok": errno == 0,
                           "errno": errno, "purpose": "pool", **self.phases.pop(number, {})})

    def on_connected(self, ns, number):
        self.phases[number] = {"connected_ns": ns}

    def on_greeted(self, ns, number):
        self.phases[number]["greeted_ns"] = ns

    def on_authenticated(self, ns, number):
        self.phases[number]["authenticated_ns"] = ns

    def answered(self, ns, number, thread):
        wait = self.waits.pop(number)
        longest = max(PARTS[:-1], key=wait.parts.get)
        acquire = {"want_ns": wait.want_ns, "got_ns": ns, "released_ns": 0, "wait_ns": ns - wait.want_ns, **wait.parts,
                   "cause": longest[:-3] if wait.parts[longest] > 0 else "none", "branch": 0, "ok": thread > 0,
                   "thread_id": thread}
        if wait.request in self.requests:
            self.requests[wait.request]["acquires"].append(acquire)
        return acquire


def replay(source):
    """The lines of the truth log; SystemExit when the witness lost rows."""
    out = Replay()
    process, pid, lost = json.loads(source.readline())
    if process != "process" or lost:
        raise SystemExit(f"truth: {source.name} is not whole: {lost} rows lost")
    out.config["pid"] = pid
    # Threads append in no strict order, and a request is dated back to when it was queued.
    for row in sorted((json.loads(line) for line in source), key=lambda r: r[0]):
        out.row(*row)
    return [out.config, *out.lines, *(r for r in out.requests.values() if r["end_ns"])]


def main():
    with open(sys.argv[1]) as source, open(sys.argv[2], "w") as target:
        for line in replay(source):
            target.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
