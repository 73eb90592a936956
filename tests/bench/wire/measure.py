# summary: wire benchmark: running a program with its CPU time and peak memory, medians, the table
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import time


class Run:
    """One finished program: cpu and wall in seconds, rss in KiB, and what it printed."""

    def __init__(self, process, started):
        out, err = process.communicate()
        self.wall = time.monotonic() - started
        self.status, self.usage = process.status, process.usage
        self.cpu = self.usage.ru_utime + self.usage.ru_stime
        self.rss = self.usage.ru_maxrss
        self.out, self.err = ((x or b"").decode(errors="replace") for x in (out, err))


class Process(subprocess.Popen):
    """Keeps the resource usage that wait4(2) gives for exactly this process."""

    status = usage = None

    def _try_wait(self, flags):
        pid, status, usage = os.wait4(self.pid, flags)
        if pid == self.pid:
            self.status, self.usage = status, usage
        return pid, status


def run(command, stdin=None, keep_output=True, ok=(0,)):
    sink = subprocess.PIPE if keep_output else subprocess.DEVNULL
    started = time.monotonic()
    done = Run(Process(command, stdin=stdin, stdout=sink, stderr=subprocess.PIPE), started)
    if os.waitstatus_to_exitcode(done.status) not in ok:
        raise SystemExit(f"bench: {' '.join(map(str, command))} failed: {done.err.strip()[-400:]}")
    return done


def start(command):
    return Process(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE), time.monotonic()


def interrupt(started):
    process, at = started
    os.kill(process.pid, signal.SIGINT)  # Popen.send_signal would reap one that has ended, without its usage
    return Run(process, at)


def alternate(repeats, *thunks):
    """Runs each thunk in turn, `repeats` times; returns a list of results for each."""
    results = [[] for _ in thunks]
    for _ in range(repeats):
        for series, thunk in zip(results, thunks):
            series.append(thunk())
    return results


def median(series, of):
    return statistics.median(of(x) for x in series)


def need(program, package):
    if shutil.which(program) is None:
        raise SystemExit(f"bench: {program} is missing: apt install {package}")


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, wanted, value, holds, detail=""):
        verdict = "—" if holds is None else "yes" if holds else "**no**"
        self.rows.append((what, wanted, value, verdict, detail))

    def keep(self, path):
        """Joins the rows of earlier runs, which measured other parts; a row measured again is replaced."""
        if path is None:
            return
        rows = {row[0]: row for row in json.loads(path.read_text())} if path.exists() else {}
        rows.update({row[0]: row for row in self.rows})
        path.write_text(json.dumps(list(rows.values())))
        self.rows = list(rows.values())

    def text(self):
        head = ("What", "Required", "Measured", "Reached", "Figures behind it")
        lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in self.rows])


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        model = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "unknown CPU")
    versions = []
    for program, option in (("tcpdump", "--version"), ("tshark", "--version"), ("pt-query-digest", "--version"),
                            ("sysbench", "--version")):
        if shutil.which(program):
            done = subprocess.run([program, option], capture_output=True, text=True)
            found = re.search(r"\d+\.\d+(\.\d+)*", done.stdout + done.stderr)
            versions.append(f"{program} {found.group()}" if found else program)
    return (f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
            f"{time.strftime('%Y-%m-%d')}; {', '.join(versions)}")
