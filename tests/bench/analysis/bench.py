# summary: generates the run, measures each view of it, prints a table; exit 1 when a view is over what is wanted
"""bench.py --bin DIR --work DIR [--statements N] [--repeats N] [--write FILE]; started by run.sh."""
import argparse
import os
import pathlib
import platform
import re
import statistics
import subprocess
import time

VIEWS = [("text", []), ("JSON", ["--format", "json"]), ("HTML", ["--format", "html"]), ("CSV of requests", ["--by", "request", "--format", "csv"]),
         ("CSV of checkouts", ["--by", "checkout", "--format", "csv"])]
CPU_S, MEMORY_MIB = 5, 500
TITLE = "## Analysis"


def measure(command):
    """(CPU seconds, seconds, peak MiB, exit status)"""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024, process.returncode


def cpu_model():
    found = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    return found.group(1).strip() if found else platform.machine()


def put_section(path, section):
    text = path.read_text()
    text = re.sub(rf"^{TITLE}$.*?(?=^## |\Z)", "", text, flags=re.M | re.S).rstrip("\n")
    path.write_text(text + "\n\n" + section)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--bin", required=True, type=pathlib.Path)
    ap.add_argument("--work", required=True, type=pathlib.Path)
    ap.add_argument("--statements", type=int, default=1_000_000)
    ap.add_argument("--repeats", type=int, default=3)
    ap.add_argument("--write", type=pathlib.Path)
    args = ap.parse_args()
    run, out = args.work / "bench.run.db", args.work / "out"
    made = subprocess.run([args.bin / "bench_gen_run", str(args.statements), run], check=True, capture_output=True,
                          text=True).stdout.strip()
    lines, over = [], False
    for name, options in VIEWS:
        rounds = [measure([args.bin / "poolprobe", "report", run, *options, "-o", out]) for _ in range(args.repeats)]
        if any(r[3] not in (0, 3) for r in rounds):
            lines.append(f"| {name} | not in this build | | | |")
            continue
        cpu, wall, memory = (statistics.median(r[i] for r in rounds) for i in range(3))
        over = over or cpu > CPU_S or memory > MEMORY_MIB
        lines.append(f"| {name} | {cpu:.2f} | {wall:.2f} | {memory:.0f} | {out.stat().st_size / 1024:.0f} |")
    section = "\n".join([
        TITLE, "",
        f"`tests/bench/analysis/run.sh` generates a run of {made} ({run.stat().st_size / 1048576:.0f} MiB) and times "
        f"`poolprobe report` on it; median of {args.repeats}. {time.strftime('%-d %B %Y', time.gmtime())}, {cpu_model()}, {os.cpu_count()} cores, Linux "
        f"{platform.release()}. Wanted: at most {CPU_S} s of CPU and {MEMORY_MIB} MiB.", "",
        "| view | CPU s | wall s | peak MiB | output KiB |", "| --- | --- | --- | --- | --- |", *lines, ""])
    print(section)
    if args.write:
        put_section(args.write, section)
    raise SystemExit(1 if over and args.statements >= 1_000_000 else 0)


main()
