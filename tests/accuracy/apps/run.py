# summary: records FastAPI and Django with a witness in their process, and judges the report against what it saw
"""run.py --bin DIR --work DIR --results FILE [--only PATTERN] [--phase both|record|judge] [--seconds N] [--keep] [--again]; started
by apps.sh."""
import argparse
import csv
import fnmatch
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import app_cases
import judge
import ports
import truth

PHASES = ["tcp", "greeting", "auth", "init"]
FIELDS = (["case", "app", "size", "load", "users", "requests", "failed", "in_flight", "app_cpu", "machine_cpu", "true_ms", "found_ms", "low_ms",
           "high_ms", "true_p95_ms", "found_p95_ms"] + [f"true_{c}" for c in judge.CAUSES]
          + [f"found_{c}" for c in judge.CAUSES]
          + ["checkouts", "joined", "joined_right", "per_request_ms", "thread_wait_ms", "app_ms", "unattributed_ms",
             "dials", *(f"true_{p}_ms" for p in PHASES), *(f"found_{p}_ms" for p in PHASES), "kernel_drops", "voided"])


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def ms(pairs):
    return mean((b - a) / 1e6 for a, b in pairs)


class Recording:
    def __init__(self, args, case):
        self.args, self.case = args, case
        self.path = pathlib.Path(args.work) / case.name
        self.root = HERE.parent.parent.parent

    def file(self, suffix):
        return f"{self.path}.{suffix}"

    def is_there(self):
        return os.path.exists(self.file("done"))

    def record(self):
        """Exit status 3 of the run (packets were lost) is a finding, and in the results."""
        self.clean()
        env = {**os.environ, "PYTHONPATH": str(HERE / "witness"), "POOL_WITNESS": self.file("witness")}
        with open(self.file("log"), "w") as log:
            done = subprocess.run(
                [self.root / "tools/benchmark-run.sh", "--bin", self.args.bin, "--run", self.file("run.db"), "--mysql-dir",
                 os.path.join(self.args.work, "mysql-apps"), "--port", str(ports.free_port()), "--app-cpus",
                 str(self.args.app_cpus), *self.case.options(self.args.seconds)],
                stdout=log, stderr=log, env=env)
        if done.returncode == 75:
            raise SystemExit(75)
        if done.returncode not in (0, 3):
            raise SystemExit(f"apps: {self.case.name}: {open(self.file('log')).read().strip()[-500:]}")
        pathlib.Path(self.file("done")).touch()

    def report(self, name, *options):
        done = subprocess.run([os.path.join(self.args.bin, "poolprobe"), "report", self.file("run.db"), *options, "-o",
                               self.file(name)], capture_output=True, text=True)
        if done.returncode not in (0, 3):
            raise SystemExit(f"apps: {self.case.name}: {done.stderr.strip()}")

    def rows(self):
        with open(self.file("witness")) as source, open(self.file("truth"), "w") as target:
            lines = truth.replay(source)
            target.writelines(json.dumps(line) + "\n" for line in lines)
        self.report("json", "--format", "json")
        self.report("requests.csv", "--by", "request", "--format", "csv")
        self.report("checkouts.csv", "--by", "checkout", "--format", "csv")
        rows = judge.judge(self.case, self.file("json"), self.file("truth"), self.file("requests.csv"),
                           self.file("checkouts.csv"))
        report = json.load(open(self.file("json")))
        for row in rows:
            row.update(self.level_facts(next(x for x in report["levels"] if x["users"] == row["users"]), lines))
            row.update(self.dial_facts(report, lines))
        return rows

    @staticmethod
    def level_facts(level, lines):
        mine = [r for r in lines if r["type"] == "request" and level["start_ns"] <= r["arrival_ns"] < level["end_ns"]]
        host = level.get("host") or {}
        return {"app_cpu": host.get("app_cpu"), "machine_cpu": host.get("machine_cpu_use"),
                "failed": sum(not a["ok"] for r in mine for a in r["acquires"]),
                "thread_wait_ms": ms((r["arrival_ns"], r["handled_ns"]) for r in mine if "handled_ns" in r),
                "app_ms": level["budget"]["app"], "unattributed_ms": level["budget"]["unattributed"]}

    @staticmethod
    def dial_facts(report, lines):
        """The mean phases of a dial: as the application saw them, as the wire shows them."""
        dials = [d for d in lines if d["type"] == "dial" and d["ok"] and "authenticated_ns" in d]
        times = ["start_ns", "connected_ns", "greeted_ns", "authenticated_ns", "end_ns"]
        out = {f"true_{p}_ms": ms((d[a], d[b]) for d in dials) for p, a, b in zip(PHASES, times, times[1:])}
        pools = [p for p in report["pools"] if p["application"]]
        if dials and len(pools) == 1:
            out.update({f"found_{p}_ms": pools[0]["wire"]["dialling"][p]["mean_ms"] for p in PHASES})
        return {"dials": sum(d["type"] == "dial" for d in lines), **out}

    def clean(self):
        for f in self.path.parent.glob(self.case.name + ".*"):
            f.unlink()


def shown(value):
    return f"{value:.5g}" if isinstance(value, float) else value


def put(path, rows):
    """Rewrites the results as a whole, in the order of the cases."""
    name = rows[0]["case"]
    order = {c.name: i for i, c in enumerate(app_cases.CASES)}
    every = [r for r in judge.read_csv(path) if r["case"] != name] + rows
    every.sort(key=lambda r: (order.get(r["case"], len(order)), int(r["users"])))
    with open(path + ".new", "w", newline="") as f:
        out = csv.DictWriter(f, FIELDS, lineterminator="\n", extrasaction="ignore")
        out.writeheader()
        out.writerows({k: shown(v) for k, v in r.items()} for r in every)
    os.replace(path + ".new", path)


def line(row):
    joins, p95, worst = judge.joins_right(row), judge.number(row, "found_p95_ms"), judge.worst_cause(row)
    marks = [judge.misses_mean(row), judge.misses_p95(row), judge.misses_causes(row), judge.misses_joins(row)]
    return (f"{row['case']:26s} {row['users']:4d} users {row['requests']:5d} requests {row['in_flight']:5.1f} in flight  mean "
            f"{row['true_ms']:8.3f} {row['found_ms']:8.3f}{'*' if marks[0] else ' '} ({row['low_ms']:.3g}-{row['high_ms']:.3g}) "
            f"p95 {row['true_p95_ms']:8.3f} {'-' if p95 is None else f'{p95:8.3f}'}{'*' if marks[1] else ' '} "
            f"causes {'-' if worst is None else f'{worst:4.1f}'}{'*' if marks[2] else ' '} "
            f"joins {'-' if joins is None else f'{100 * joins:5.1f}'}{'*' if marks[3] else ' '} "
            f"per request {row.get('per_request_ms') or 0:.3f}")


def main():
    ap = argparse.ArgumentParser()
    for name in ["bin", "work", "results"]:
        ap.add_argument("--" + name, required=True)
    ap.add_argument("--only", default="*")
    ap.add_argument("--phase", choices=["both", "record", "judge"], default="both")
    ap.add_argument("--app-cpus", default="1")
    ap.add_argument("--seconds", default="6")
    ap.add_argument("--keep", action="store_true")
    ap.add_argument("--again", action="store_true")
    args = ap.parse_args()
    for case in app_cases.CASES:
        recording = Recording(args, case)
        if not any(fnmatch.fnmatch(case.name, p) for p in args.only.split(",")):
            continue
        if args.phase != "judge" and (args.again or not recording.is_there()):
            recording.record()
        if args.phase != "record" and recording.is_there():
            rows = recording.rows()
            put(args.results, rows)
            print("\n".join(map(line, rows)), flush=True)
        if args.phase == "both" and not args.keep:
            recording.clean()


if __name__ == "__main__":
    main()
