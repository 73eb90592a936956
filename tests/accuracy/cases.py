# summary: the cases of the proof: pool sizes × dialling × reuse × threads or event loop × CPU saturation, and their load
import itertools

POOLS = [1, 2, 5, 10, 20, 50, 100]
# Sizes that nobody looked at while the estimates were written: how well cases of other people will be met.
HELD_OUT_POOLS = [3, 15, 70]
# A recycled connection is dialled again, so that there are dials all the time and not only when the pool grows.
RECYCLE_MS = 500
ROUTES = [("POST /held-transaction", 6), ("GET /users", 2), ("GET /orders", 1), ("POST /io-intensive", 1)]


class Case:
    """One recorded run: two levels, 10 users and at least 100, so that there is a queue for every pool."""

    def __init__(self, pool, dial, reuse, mode, cpu):
        self.pool, self.dial, self.reuse, self.mode, self.cpu = pool, dial, reuse, mode, cpu
        self.name = f"pool{pool}-{dial}-{reuse}-{mode}-{cpu}"
        # The throughput is the pool's size by the hold time. Larger pools hold for longer, so that two cores carry it.
        self.think_ms = max(10, 2 * pool)
        self.users = (10, max(100, 2 * pool))

    def columns(self):
        return {"case": self.name, "pool": self.pool, "dial": self.dial, "reuse": self.reuse, "mode": self.mode,
                "cpu": self.cpu}

    def cpu_work_us(self):
        """For saturation: a little more than what the processors can do while the pool turns over once."""
        if self.cpu == "calm":
            return 0
        mean_hold_us = 600 * self.think_ms
        cores = 1 if self.mode == "loop" else 2
        return int(1.2 * cores * mean_hold_us / min(self.pool, 100))

    def target_options(self):
        return ["--pool-min", "1", "--pool-max", str(self.pool), "--dial", self.dial, "--reuse", self.reuse, "--mode",
                self.mode, "--recycle", f"{RECYCLE_MS}ms", "--think", f"{self.think_ms}ms", "--cpu-work",
                str(self.cpu_work_us()), "--pool-timeout", "0"]

    def load_options(self, seconds):
        """Of the load generator's calls: one user alone, as start_benchmark.sh begins too, then the levels."""
        low, high = self.users
        common = ["--pause", "200ms", "--weights", ",".join(str(w) for _, w in ROUTES)]
        for route, _ in ROUTES:
            common += ["--endpoint", route]
        return [["--users", "1", "--duration", "1s", "--warmup", "100ms", *common],
                ["--users", f"{low}:{high}:{high - low}", "--duration", f"{seconds}s", "--warmup", "300ms", *common]]


def all_cases(pools=tuple(POOLS)):
    # The pool's size changes fastest: a slice that is cut short has all sizes of what it has.
    for cpu, mode, dial, reuse, pool in itertools.product(
            ["calm", "saturated"], ["threads", "loop"], ["parallel", "serial"], ["fifo", "lifo"], pools):
        yield Case(pool, dial, reuse, mode, cpu)
