#!/usr/bin/env python3
# summary: wire benchmark: the parts replay, tshark, digest, stored, memory and live; see run.sh
import argparse
import pathlib
import re
import subprocess

import live
from measure import Process, Table, alternate, machine, median, need, run

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
PARTS = ("replay", "tshark", "digest", "stored", "memory", "live")
FIELDS = ("frame.time_epoch", "ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "mysql.command", "mysql.query",
          "mysql.affected_rows", "mysql.error_code")
BEGIN, END = "<!-- wire decoder: written by tests/bench/wire/run.sh --write -->", "<!-- wire decoder: end -->"


class Bench:
    def __init__(self, options):
        self.options = options
        self.bin = pathlib.Path(options.bin)
        self.work = pathlib.Path(options.work)
        self.table = Table()

    def generate(self, *args):
        path = self.work / ("-".join(args) + ".pcap")
        if not path.exists():
            with path.open("wb") as f:
                subprocess.run([self.bin / "bench_wire_gen", *args], stdout=f, check=True)
        return path

    def points(self):
        return self.generate("points", "64", str(self.options.packets))

    def record(self, capture, *options, stdin=None):
        self.forget_run()
        return run([self.bin / "poolprobe", "record", "-r", capture, "-o", self.work / "run.db", *options], stdin=stdin)

    def forget_run(self):
        """A run file that is there is looked at before it is replaced."""
        for path in self.work.glob("run.db*"):
            path.unlink()

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

    def replay(self):
        need("tcpdump", "tcpdump")
        self.compare_replay("Point selects as text, 64 connections", self.points())
        self.compare_replay("The same as prepared statements",
                            self.generate("prepared", "64", str(self.options.packets)))

    def beside(self, peer):
        """CPU seconds of the decoder and of a peer on the same file; the short one runs three times before and after each of
        the other, as the machine changes meanwhile. A peer's time is that of all the processes its user has to run."""
        capture, ours, theirs = self.points(), [], []
        for _ in range(max(1, self.options.repeats // 2)):
            ours += [self.record(capture, "--no-statements") for _ in range(3)]
            theirs.append(peer(capture))
            ours += [self.record(capture, "--no-statements") for _ in range(3)]
        return packets_of(ours[0]), median(ours, lambda r: r.cpu), median(theirs, sum), theirs

    def peer_row(self, name, packets, ours, theirs, factor, note):
        ratio = theirs / ours
        self.table.add(f"Packets a second of CPU time, against {name}", f"≥ {factor} ×", f"{ratio:.0f} ×", ratio >= factor,
                       f"{packets} packets; {packets / ours / 1e6:.2f} million a second ({ours * 1e9 / packets:.0f} ns each) "
                       f"against {packets / theirs:.0f}{note}")

    def tshark(self):
        need("tshark", "tshark")
        options = ["-T", "fields", *(x for f in FIELDS for x in ("-e", f))]
        packets, ours, theirs, _ = self.beside(
            lambda capture: [run(["tshark", "-n", "-r", capture, *options], keep_output=False).cpu])
        self.peer_row("tshark -T fields", packets, ours, theirs, 150, "")

    def digest(self):
        need("pt-query-digest", "percona-toolkit")
        need("tcpdump", "tcpdump")
        packets, ours, theirs, rounds = self.beside(self.digest_of)
        share = sum(r[0] for r in rounds) / sum(sum(r) for r in rounds)
        self.peer_row("pt-query-digest --type tcpdump", packets, ours, theirs, 500,
                      f"; {100 * share:.0f} % of its time is that of the tcpdump which prints its input")

    def digest_of(self, capture):
        """tcpdump -x | pt-query-digest, the way its manual says: CPU seconds of both."""
        text = Process(["tcpdump", "-s", "65535", "-x", "-nn", "-q", "-tttt", "-r", capture], stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL)
        digest = run(["pt-query-digest", "--type", "tcpdump", "-"], stdin=text.stdout, keep_output=False)
        text.stdout.close()
        text.wait()
        return [text.usage.ru_utime + text.usage.ru_stime, digest.cpu]

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
        self.growth()

    def growth(self):
        """Resident memory while three million connections come and go: what the first million fills stays filled."""
        samples = []  # (bytes of capture given, KiB resident)
        self.forget_run()
        with subprocess.Popen([self.bin / "bench_wire_gen", "churn", "3000000"], stdout=subprocess.PIPE) as gen:
            probe = Process([self.bin / "poolprobe", "record", "-r", "-", "-o", self.work / "run.db", "--no-statements"],
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            status, given = pathlib.Path(f"/proc/{probe.pid}/status"), 0
            while piece := gen.stdout.read(1 << 22):
                probe.stdin.write(piece)
                given += len(piece)
                samples.append((given, int(re.search(r"VmRSS:\s+(\d+)", status.read_text()).group(1))))
            probe.stdin.close()
            probe.wait()
        second, third = (max(kib for at, kib in samples if k * given < 3 * at <= (k + 1) * given) for k in (1, 2))
        self.table.add("Three million connections one after another: growth of resident memory from the second million's peak "
                       "to the third's", "none (≤ 2 %)", f"{100 * (third / second - 1):+.1f} %", third <= 1.02 * second,
                       f"{second / 1024:.1f} and {third / 1024:.1f} MiB in one process; the first million fills the queue "
                       "to the writer (up to 25 MiB) and SQLite's cache (16 MiB)")

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
