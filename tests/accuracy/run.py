# summary: records the cases of the proof that are still missing in the results and judges each one
"""run.py --bin DIR --work DIR --mysql-port N --results FILE [--only PATTERN] [--seconds N] [--max-seconds N] [--keep]
[--again] [--phase both|record|judge]; started by run.sh."""
import argparse
import csv
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import time

import cases
import judge
import ports


def cpu_seconds():
    """(busy, all) of the machine so far."""
    values = [int(v) for v in open("/proc/stat").readline().split()[1:9]]
    hz = os.sysconf("SC_CLK_TCK")
    return (sum(values) - values[3] - values[4]) / hz, sum(values) / hz


def process_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Recording:
    """One case on the running server: recorder, target and load, each ended by this object."""

    def __init__(self, args, case):
        self.args, self.case, self.port = args, case, ports.free_port()
        self.path = pathlib.Path(args.work) / case.name
        self.bin = pathlib.Path(args.bin)

    def file(self, suffix):
        return f"{self.path}.{suffix}"

    def start_target(self):
        uri = f"mysql://benchmark_user@127.0.0.1:{self.args.mysql_port}/benchmark_reftarget"
        with open(self.file("target.log"), "w") as log:
            target = subprocess.Popen(
                [self.bin / "reftarget", "--port", str(self.port), "--mysql", uri, "--work-dir", self.args.work,
                 "--truth", self.file("truth"), *self.case.target_options()],
                stderr=log, env={**os.environ, "MYSQL_PWD": "benchmark_pass"})
        await_text(target, self.file("target.log"), "ready on")
        return target

    def start_recorder(self):
        with open(self.file("record.log"), "w") as log:
            recorder = subprocess.Popen(
                [self.bin / "poolprobe", "record", "-i", "lo", "--mysql-port", str(self.args.mysql_port),
                 "--http-port", str(self.port), "-o", self.file("run.db")],
                stdout=log, stderr=log)
        time.sleep(0.3)  # until its capture is open; the target dials afterwards
        return recorder

    def load(self, target):
        """CPU of the application and share of the machine's, both over the levels."""
        for options in self.case.load_options(self.args.seconds):
            machine, busy, began = cpu_seconds(), process_seconds(target.pid), time.monotonic()
            subprocess.run([self.bin / "poolload", "--url", f"http://127.0.0.1:{self.port}", "--run",
                            self.file("run.db"), "-o", self.file("results.json"), *options],
                           check=True, stdout=subprocess.DEVNULL, timeout=120)
        machine_end, took = cpu_seconds(), time.monotonic() - began
        return ((process_seconds(target.pid) - busy) / took,
                (machine_end[0] - machine[0]) / max(1e-9, machine_end[1] - machine[1]))

    def record(self):
        recorder = self.start_recorder()
        try:
            target = self.start_target()
            try:
                return self.load(target)
            finally:
                target.terminate()
                target.wait(90)
        finally:
            recorder.send_signal(2)
            recorder.wait(90)

    def report(self, name, *options):
        """A view that this build does not have leaves no file."""
        done = subprocess.run([self.bin / "poolprobe", "report", self.file("run.db"), *options, "-o", self.file(name)],
                              capture_output=True, text=True)
        if done.returncode not in (0, 3):
            pathlib.Path(self.file(name)).unlink(missing_ok=True)
            print(f"{self.case.name}: {done.stderr.strip()}", file=sys.stderr)

    def is_there(self):
        return os.path.exists(self.file("cpu"))

    def record_all(self):
        """The CPU file comes last: it says that the recording is whole."""
        self.clean()
        cpu = dict(zip(["app_cpu", "machine_cpu"], self.record()))
        with open(self.file("cpu"), "w") as f:
            json.dump(cpu, f)

    def rows(self):
        self.report("json", "--format", "json")
        self.report("requests.csv", "--by", "request", "--format", "csv")
        self.report("checkouts.csv", "--by", "checkout", "--format", "csv")
        rows = judge.judge(self.case, self.file("json"), self.file("truth"), self.file("requests.csv"),
                           self.file("checkouts.csv"))
        cpu = json.load(open(self.file("cpu")))
        for row in rows:
            row.update(cpu)
        return rows

    def clean(self):
        for f in self.path.parent.glob(self.case.name + ".*"):
            f.unlink()


def await_text(process, path, text):
    for _ in range(600):
        if text in open(path).read():
            return
        if process.poll() is not None:
            raise SystemExit(f"accuracy: {open(path).read().strip()}")
        time.sleep(0.05)
    raise SystemExit("accuracy: the target does not start")


def shown(value):
    return f"{value:.5g}" if isinstance(value, float) else value


class Results:
    """results.csv: all rows, rewritten as a whole after each case."""

    def __init__(self, path):
        self.path = path
        self.rows = judge.read_csv(path)

    def has(self, name):
        return any(r["case"] == name for r in self.rows)

    def put(self, rows):
        name = rows[0]["case"]
        self.rows = [r for r in self.rows if r["case"] != name] + rows
        order = {c.name: i for i, c in enumerate(cases.all_cases(sorted(cases.POOLS + cases.HELD_OUT_POOLS)))}
        self.rows.sort(key=lambda r: (order.get(r["case"], len(order)), int(r["users"])))
        with open(self.path + ".new", "w", newline="") as f:
            out = csv.DictWriter(f, judge.FIELDS, lineterminator="\n")
            out.writeheader()
            out.writerows({k: shown(v) for k, v in r.items()} for r in self.rows)
        os.replace(self.path + ".new", self.path)


def line(row):
    joins = judge.joins_right(row)
    p95 = judge.number(row, "found_p95_ms")
    worst = judge.worst_cause(row)
    marks = [judge.misses_mean(row), judge.misses_p95(row), judge.misses_causes(row), judge.misses_joins(row)]
    return (f"{row['case']:38s} {row['users']:4d} users {row['in_flight']:6.1f} in flight  mean {row['true_ms']:8.3f} "
            f"{row['found_ms']:8.3f}{'*' if marks[0] else ' '} p95 {row['true_p95_ms']:8.3f} "
            f"{'-' if p95 is None else f'{p95:8.3f}'}{'*' if marks[1] else ' '} "
            f"causes {'-' if worst is None else f'{worst:4.1f}'}{'*' if marks[2] else ' '} "
            f"joins {'-' if joins is None else f'{100 * joins:5.1f}'}{'*' if marks[3] else ' '} "
            f"cpu {row['app_cpu']:.2f} {row['machine_cpu']:.2f}")


def main():
    ap = argparse.ArgumentParser()
    for name in ["bin", "work", "mysql-port", "results"]:
        ap.add_argument("--" + name, required=True)
    ap.add_argument("--only", default="*")
    ap.add_argument("--seconds", type=float, default=3)
    ap.add_argument("--max-seconds", type=float, default=1e9)
    ap.add_argument("--phase", choices=["both", "record", "judge"], default="both")
    ap.add_argument("--held-out", action="store_true")
    ap.add_argument("--keep", action="store_true")
    ap.add_argument("--again", action="store_true")
    args = ap.parse_args()
    record, judged = args.phase != "judge", args.phase != "record"
    results, until = Results(args.results), time.monotonic() + args.max_seconds
    todo = [c for c in cases.all_cases(cases.HELD_OUT_POOLS if args.held_out else cases.POOLS)
            if any(fnmatch.fnmatch(c.name, p) for p in args.only.split(","))]
    todo = [c for c in todo if args.again or not (results.has(c.name) if judged else Recording(args, c).is_there())]
    if not record:
        todo = [c for c in todo if Recording(args, c).is_there()]
    done = 0
    for case in todo:
        if time.monotonic() > until - 3 * args.seconds:
            break
        recording = Recording(args, case)
        if record and (args.again or not recording.is_there()):
            recording.record_all()
        if judged:
            rows = recording.rows()
            results.put(rows)
            for row in rows:
                print(line(row), flush=True)
            if not args.keep:
                recording.clean()
        done += 1
    print(f"{done} cases done, {len(todo) - done} left")


if __name__ == "__main__":
    main()
