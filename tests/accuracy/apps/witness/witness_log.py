# summary: rows of what happened in an application, kept in memory and written as JSON Lines when its process ends
import atexit
import contextvars
import itertools
import json
import os
import threading
import time

# A row is a tuple of some hundred bytes. Ten times what a recording of a minute has; rows beyond are counted.
MOST_ROWS = 4_000_000


class Log:
    """add(KIND, …) takes the time and appends: some 0.3 us. Safe from several threads (list.append and count are atomic)."""

    def __init__(self, path):
        self.path, self.rows, self.lost = path, [], 0
        self.numbers = itertools.count(1)
        self.offset_ns = time.time_ns() - time.monotonic_ns()
        # Of an asyncio task or a thread: the request it works for, and its call of the pool.
        self.request = contextvars.ContextVar("request", default=0)
        self.acquire = contextvars.ContextVar("acquire", default=0)
        self.thread = threading.local()
        atexit.register(self.write)

    def add(self, *row):
        if len(self.rows) < MOST_ROWS:
            self.rows.append((time.monotonic_ns(), *row))
        else:
            self.lost += 1

    def add_at(self, monotonic_ns, *row):
        self.rows.append((monotonic_ns, *row))

    def write(self):
        """Once, by the worker only: gunicorn's master has no rows."""
        if not self.rows:
            return
        with open(self.path, "w") as f:
            f.write(json.dumps(["process", os.getpid(), self.lost]) + "\n")
            for ns, *row in self.rows:
                f.write(json.dumps([ns + self.offset_ns, *row]) + "\n")
        self.rows = []
