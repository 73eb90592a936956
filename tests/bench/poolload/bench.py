# summary: measures poolload, wrk, hey and ab in turns on one server and prints Markdown tables
#
# bench.py BIN_FOLDER WORK_FOLDER ROUNDS; started by run.sh
import csv
import json
import os
import platform
import re
import resource
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

BIN, WORK, ROUNDS = sys.argv[1], sys.argv[2], int(sys.argv[3])
POOLLOAD, POOLPROBE = BIN + "/poolload", BIN + "/poolprobe"
RESULTS = WORK + "/results.json"
SECONDS = 3
REALTIME = ["chrt", "-f", "10"] if os.environ.get("BENCH_REALTIME") and shutil.which("chrt") else []


class Server:
    """One server process for a group of measurements; the delay of its answers in microseconds."""

    def __init__(self, delay_us=0, realtime=False):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.process = subprocess.Popen((REALTIME if realtime else []) +
                                        [WORK + "/server", str(self.port), str(delay_us)], stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def run(args, limit=None):
    """(text of stdout and stderr, exit status, CPU seconds, most resident bytes)"""
    with open(WORK + "/out", "w+") as out:
        p = subprocess.Popen(args, stdout=out, stderr=subprocess.STDOUT,
                             preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit)) if limit else None)
        _, status, usage = os.wait4(p.pid, 0)
        out.seek(0)
        return out.read(), os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def level():
    return json.load(open(RESULTS))[0]


def poolload(url, *args):
    return [POOLLOAD, "--url", url, "--endpoint", "GET /", "-o", RESULTS, "--warmup", "0", *args]


# ---- closed load ----

def count_poolload(_):
    return level()["successful_requests"]


def count_in(pattern):
    return lambda text: int(re.search(pattern, text).group(1))


def closed_tools(url):
    users = "64"
    tools = {
        "poolload": (poolload(url, "--users", users, "--duration", "%ds" % SECONDS), count_poolload),
        "hey": (["hey", "-cpus", "1", "-z", "%ds" % SECONDS, "-c", users, url + "/"],
                count_in(r"\[200\]\s+(\d+) responses")),
        "wrk": (["wrk", "-t1", "-c" + users, "-d%ds" % SECONDS, url + "/"], count_in(r"(\d+) requests in")),
        "ab": (["ab", "-q", "-k", "-c", users, "-t", str(SECONDS), "-n", "100000000", url + "/"],
               count_in(r"Complete requests:\s+(\d+)")),
    }
    return {k: v for k, v in tools.items() if k == "poolload" or shutil.which(k)}


def closed():
    cpu, rate, memory = {}, {}, {}
    with Server() as s:
        tools = closed_tools(s.url)
        for _ in range(ROUNDS):
            for name, (args, count) in tools.items():
                text, _, seconds, rss = run(args)
                n = count(text)
                cpu.setdefault(name, []).append(seconds / n * 1e6)
                rate.setdefault(name, []).append(n / SECONDS)
                memory[name] = rss
    print("\n### Keep-alive, 64 users, one thread, %d rounds of %d s in turns\n" % (ROUNDS, SECONDS))
    print("| | CPU µs a request, median (all) | requests/s, median (all) | requests per CPU second | MiB |")
    print("| --- | --- | --- | --- | --- |")
    for name in tools:
        c, r = statistics.median(cpu[name]), statistics.median(rate[name])
        print("| %s | **%.1f** (%s) | **%.0f** (%s) | %.0f | %.0f |" % (
            name, c, ", ".join("%.1f" % x for x in cpu[name]), r, ", ".join("%.0f" % x for x in rate[name]), 1e6 / c,
            memory[name] / 2**20))
    if "hey" in tools:
        print("\npoolload against hey: CPU a request %.2f times, requests/s %.2f times (ratio of medians)." % (
            statistics.median(cpu["poolload"]) / statistics.median(cpu["hey"]),
            statistics.median(rate["poolload"]) / statistics.median(rate["hey"])))


# ---- many users ----

def many():
    with Server(delay_us=1000) as s:
        args = poolload(s.url, "--users", "10000", "--think", "500ms:1500ms", "--stagger", "1s", "--duration", "8s")
        text, status, seconds, rss = run(args)
        l = level()
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        said, said_status, _, _ = run(args, (5000, 5000))
    print("\n### 10,000 users in one process\n")
    print("Limit of open files %d; exit status %d, %d requests, %d errors, %d connections, CPU %.1f s, "
          "**%.0f MiB** resident at most (limit 512)." % (
              hard, status, l["total_requests"], l["error_requests"], l["connections_opened"], seconds, rss / 2**20))
    print("With a limit of 5000: exit status %d, `%s`" % (said_status, said.strip()))


# ---- open load ----

def punctual():
    shares = []
    print("\n### Open load, 5,000 requests/s on one thread%s\n" % (" (real-time priority)" if REALTIME else ""))
    print("| round | sent within 1 ms of the intended time | start delay p50 | p99 | p99.9 | max ms | busy elsewhere |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with Server(realtime=True) as s:
        for i in range(ROUNDS):
            before = cpu_times()
            _, _, own, _ = run(REALTIME + poolload(s.url, "--rate", "5000", "--duration", "5s"))
            l = level()
            shares.append(l["on_time_percent"])
            print("| %d | %.3f %% | %.3f | %.3f | %.3f | %.3f | %.0f %% |" % (
                i + 1, l["on_time_percent"], l["p50_start_delay"], l["p99_start_delay"], l["p999_start_delay"],
                l["max_start_delay"], busy_percent(before, own)))
    print("\nMedian %.3f %%. \"busy elsewhere\": share of all cores that neither was idle nor poolload's." %
          statistics.median(shares))


def cpu_times():
    with open("/proc/stat") as f:
        v = [int(x) for x in f.readline().split()[1:]]
    return sum(v[:8]), v[3] + v[4]


def busy_percent(before, own_seconds):
    after = cpu_times()
    total = after[0] - before[0]
    busy = total - (after[1] - before[1]) - own_seconds * os.sysconf("SC_CLK_TCK")
    return 100.0 * max(busy, 0) / total


# ---- against the packets ----

def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def packets():
    title = "\n### Latency against the packet capture of the same run (2,000 requests/s%s)\n" % (
        ", real-time priority" if REALTIME else "")
    if os.geteuid() != 0 or not os.access(POOLPROBE, os.X_OK):
        print(title + "\nleft out: it needs poolprobe and root")
        return
    print(title)
    print("| round | requests | matched | median difference µs | p99 difference µs | p50 here, capture µs | p99 here, capture µs |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for i in range(ROUNDS):
        db, log = WORK + "/run%d.db" % i, WORK + "/requests%d.csv" % i
        with Server(delay_us=2000, realtime=True) as s:
            text, status, _, _ = run([POOLPROBE, "record", "-i", "lo", "--http-port", str(s.port), "-o", db, "--"] +
                                     REALTIME + poolload(s.url, "--rate", "2000", "--duration", "5s",
                                                         "--trace-context", "--request-log", log))
        if status != 0:
            print("poolprobe record failed: " + text)
            return
        wire = {t: last - arrival for t, arrival, last in
                sqlite3.connect(db).execute("SELECT trace_id, arrival_ns, last_ns FROM request WHERE complete")}
        mine = {r["trace_id"]: int(r["latency_ns"]) for r in csv.DictReader(open(log)) if r["result"] == "200"}
        both = [t for t in mine if t in wire]
        d = [abs(mine[t] - wire[t]) / 1e3 for t in both]
        print("| %d | %d | %d | **%.1f** | **%.1f** | %.1f, %.1f | %.1f, %.1f |" % (
            i + 1, len(mine), len(both), quantile(d, 0.5), quantile(d, 0.99),
            quantile(mine.values(), 0.5) / 1e3, quantile([wire[t] for t in both], 0.5) / 1e3,
            quantile(mine.values(), 0.99) / 1e3, quantile([wire[t] for t in both], 0.99) / 1e3))


def machine():
    model = next((x.split(":")[1].strip() for x in open("/proc/cpuinfo") if x.startswith("model name")), "?")
    versions = subprocess.run([POOLLOAD, "--version"], capture_output=True, text=True).stdout.strip()
    print("%s, %d cores, Linux %s, %s, %s; load average %s at the start." % (
        model, os.cpu_count(), platform.release(), versions, time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "%.1f" % os.getloadavg()[0]))


machine()
for part in (closed, many, punctual, packets):
    part()
    sys.stdout.flush()
