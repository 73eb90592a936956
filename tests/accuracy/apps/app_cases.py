# summary: the cases of the applications' proof: FastAPI's pool settings and Django's threads, the published load and a calmer one
"""The published load (users who think 1 to 10 ms) keeps the one CPU of either application busy at any number of users; with longer
thinking the application has time left, so that the pool alone makes requests wait."""

THINK = {"published": "1ms:10ms", "calm": "200ms:600ms"}


class Case:
    """One recorded run of two levels."""

    def __init__(self, app, size, load, users):
        self.app, self.size, self.load, self.users = app, size, load, users
        self.name = f"{app}-{size}-{load}"

    def columns(self):
        return {"case": self.name, "app": self.app, "size": self.size, "load": self.load}

    def options(self, seconds):
        size = ["--pool", self.size] if self.app == "fastapi" else ["--threads", self.size]
        low, high = self.users
        return ["--target", self.app, *size, "--think", THINK[self.load], "--users", f"{low}:{high}:{high - low}",
                "--duration", f"{seconds}s", "--warmup", "1s", "--pause", "200ms"]


CASES = [
    Case("fastapi", "1-1", "calm", (10, 20)),
    Case("fastapi", "2-2", "calm", (10, 20)),
    Case("fastapi", "5-5", "calm", (10, 20)),
    Case("fastapi", "1-100", "calm", (10, 20)),
    Case("fastapi", "1-1", "published", (10, 100)),
    Case("fastapi", "5-5", "published", (10, 100)),
    Case("fastapi", "20-100", "published", (10, 100)),
    Case("fastapi", "100-10000", "published", (10, 100)),
    Case("django", "8", "calm", (10, 20)),
    Case("django", "8", "published", (10, 100)),
]
