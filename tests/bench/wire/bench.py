#!/usr/bin/env python3
# summary: wire benchmark: the parts replay, peers, stored, memory and live; see run.sh
import argparse
import pathlib
import re
import subprocess

import live
from measure import Table, alternate, machine, median, need, run

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PARTS = ("replay", "peers", "stored", "memory", "live")
FIELDS = ("frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "mysql.command", "mysql.query",
          "mysql.affected_rows", "mysql.error_code")
BEGIN, END = "<!-- wire decoder: written by tests/bench/wire/run.sh --write -->", "<!-- wire decoder: end -->"


class Bench:
    def __init__(self, options):
        self.options = options
        self.bin = pathlib.Path(options.bin)
        self.work = pathlib.Path(options.work)
        self.table = Table()
        self.probe_replay = None  # seconds of CPU a packet

    def generate(self, *args):
        path = self.work / ("-".join(args) + ".pcap")
        if not path.exists():
            with path.open("wb") as f:
                subprocess.run([self.bin / "bench_wire_gen", *args], stdout=f, check=True)
        return path

    def points(self):
        return self.generate("points", "64", str(self.options.packets))

    def record(self, capture, *options, stdin=None):
        return run([self.bin / "poolprobe", "record", "-r", capture, "-o", self.work / "run.db", *options], stdin=stdin)

    def pair(self, capture):
        return alternate(self.options.repeats, lambda: self.record(capture, "--no-statements"),
                         lambda: run(["tcpdump", "-r", capture, "-w", "/dev/null"]))

    def compare_replay(self, what, capture):
        ours, theirs = self.pair(capture)
        packets = packets_of(ours[0])
        a, b = median(ours, lambda r: r.cpu), median(theirs, lambda r: r.cpu)
        wall = median(ours, lambda r: r.wall)
        self.table.add(f"{what}: CPU of `record -r --no-statements` against `tcpdump -r … -w /dev/null`", "≤ 2.0 ×",
                       f"{a / b:.2f} ×", a <= 2 * b,
                       f"{packets} packets; {a * 1e9 / packets:.0f} ns of CPU a packet against "
                       f"{b * 1e9 / packets:.0f} ns; {packets / wall / 1e6:.2f} million packets a second of wall time")
        return a / packets

    def replay(self):
        need("tcpdump", "tcpdump")
        self.probe_replay = self.compare_replay("Point selects as text, 64 connections", self.points())
        self.compare_replay("The same as prepared statements",
                            self.generate("prepared", "64", str(self.options.packets)))

    def peers(self):
        need("tshark", "tshark")
        need("pt-query-digest", "percona-toolkit")
        if self.probe_replay is None:
            ours, _ = self.pair(self.points())
            self.probe_replay = median(ours, lambda r: r.cpu) / packets_of(ours[0])
        self.peer_tshark(max(1, self.options.repeats // 2))
        self.peer_digest(max(1, self.options.repeats // 2))

    def peer_row(self, name, cpu, packets, factor, note):
        ratio = cpu / packets / self.probe_replay
        self.table.add(f"Packets a second of CPU time, against {name}", f"≥ {factor} ×", f"{ratio:.0f} ×", ratio >= factor,
                       f"{1 / self.probe_replay / 1e6:.2f} million against {packets / cpu:.0f}{note}")

    def peer_tshark(self, repeats):
        command = ["tshark", "-n", "-r", self.points(), "-T", "fields"]
        command += [x for f in FIELDS for x in ("-e", f)]
        series, = alternate(repeats, lambda: run(command, keep_output=False))
        self.peer_row("tshark -T fields", median(series, lambda r: r.cpu), self.options.packets, 150, "")

    def peer_digest(self, repeats):
        part = 100000
        text = self.work / "points.txt"
        with text.open("wb") as f:
            subprocess.run(["tcpdump", "-r", self.points(), "-c", str(part), "-x", "-n", "-q", "-tttt"], stdout=f,
                           stderr=subprocess.DEVNULL, check=True)
        series, = alternate(repeats, lambda: run(["pt-query-digest", "--type", "tcpdump", text], keep_output=False))
        self.peer_row("pt-query-digest --type tcpdump", median(series, lambda r: r.cpu), part, 500,
                      f" (on the first {part} packets; the time of the tcpdump that makes its input is not counted)")

    def stored(self):
        series, = alternate(self.options.repeats, lambda: self.record(self.points()))
        cpu = median(series, lambda r: r.cpu)
        statements = int(re.search(r"(\d+) statements on", series[0].out).group(1))
        self.table.add("Every statement stored in SQLite, statements a second of CPU time", "≥ 400000",
                       f"{statements / cpu:.0f}", statements / cpu >= 400000,
                       f"{statements} statements in {cpu:.2f} s of CPU, both threads")

    def peak(self, *args):
        with subprocess.Popen([self.bin / "bench_wire_gen", *args], stdout=subprocess.PIPE) as gen:
            return self.record("-", "--no-statements", stdin=gen.stdout)

    def memory(self):
        done = self.peak("open", "10000")
        self.table.add("10,000 concurrent connections, peak resident memory", "≤ 64 MiB", f"{done.rss / 1024:.1f} MiB",
                       done.rss <= 65536, "whole process, 4 selects on each connection")
        small, large = alternate(2, lambda: self.peak("churn", "1000000"), lambda: self.peak("churn", "2000000"))
        a, b = median(small, lambda r: r.rss), median(large, lambda r: r.rss)
        self.table.add("A million connections one after another, and a million more: growth of the peak", "none (≤ 2 %)",
                       f"{100 * (b / a - 1):+.1f} %", b <= 1.02 * a,
                       f"{a / 1024:.1f} MiB after 1,000,000, {b / 1024:.1f} MiB after 2,000,000; the queue to the writer is "
                       "up to 25 MiB of it")

    def live(self):
        need("sysbench", "sysbench")
        live.measure(self, ROOT)


def packets_of(done):
    return int(re.search(r"captured +(\d+) packets", done.out).group(1))


def write_docs(text):
    path = ROOT / "docs" / "performance.md"
    old = path.read_text(encoding="utf-8") if path.exists() else "<!-- summary: measured performance, with the machine -->\n# Performance\n"
    section = f"{BEGIN}\n{text}\n{END}"
    if BEGIN in old and END in old:
        new = old[:old.index(BEGIN)] + section + old[old.index(END) + len(END):]
    else:
        new = old.rstrip() + "\n\n## Wire decoder\n\n" + section + "\n"
    path.write_text(new, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--packets", type=int, default=1000000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    chosen = [part for part in options.only.split(",") if part]
    if not set(chosen) <= set(PARTS):
        parser.error(f"--only knows {', '.join(PARTS)}")
    where = machine()
    bench = Bench(options)
    for part in PARTS:
        if part in chosen:
            getattr(bench, part)()
    bench.table.keep(pathlib.Path(options.rows) if options.rows else None)
    text = f"Measured on {where}.\nMedians of runs in turns.\n\n{bench.table.text()}"
    print(text)
    if options.write:
        write_docs(text)


if __name__ == "__main__":
    main()
