# summary: wire benchmark, live part: sysbench on loopback with a private server, poolprobe and tcpdump in turn
import re
import subprocess
import time

from measure import alternate, interrupt, median, run, start

SECONDS, THREADS, ROWS = 20, 8, 100000


def server(root, work, action):
    subprocess.run([root / "tools" / "mysql-server.sh", action, "--dir", work / "mysql"], check=True,
                   stdout=subprocess.DEVNULL)


def server_port(work):
    return re.search(r"MYSQL_PORT=(\d+)", (work / "mysql" / "env").read_text()).group(1)


class Traffic:
    def __init__(self, port):
        self.command = ["sysbench", "oltp_point_select", "--db-driver=mysql", "--mysql-host=127.0.0.1",
                        f"--mysql-port={port}", "--mysql-user=benchmark_user", "--mysql-password=benchmark_pass",
                        "--mysql-db=benchmark_reftarget", f"--table-size={ROWS}", f"--threads={THREADS}",
                        "--db-ps-mode=disable"]

    def prepare(self):
        run([*self.command, "prepare"])

    def go(self):
        done = run([*self.command, f"--time={SECONDS}", "run"])
        return float(re.search(r"queries: +\d+ +\(([\d.]+) per sec", done.out).group(1))


def beside(traffic, command):
    """CPU seconds, packets and drops of a capturing program while sysbench runs at its full rate."""
    started = start(command)
    time.sleep(1)  # until it captures; the traffic does not need its first moment
    rate = traffic.go()
    time.sleep(0.5)
    done = interrupt(started)
    text = done.out + done.err
    packets = int(re.search(r"(\d+) packets(?: captured|,)", text).group(1))
    dropped = int(re.search(r"(\d+) (?:packets )?dropped by (?:the )?kernel", text).group(1))
    return {"cpu": done.cpu, "packets": packets, "dropped": dropped, "rate": rate}


def fresh(bench, traffic, command):
    bench.forget_run()
    return beside(traffic, command)


def measure(bench, root):
    work, repeats = bench.work, max(3, bench.options.repeats // 2)
    server(root, work, "start")
    try:
        port = server_port(work)
        traffic = Traffic(port)
        traffic.prepare()
        probe = [bench.bin / "poolprobe", "record", "-i", "lo", "--mysql-port", port, "--no-statements", "-o",
                 work / "run.db"]
        dump = ["tcpdump", "-i", "lo", "-w", "/dev/null", f"tcp port {port}"]
        ours, theirs = alternate(repeats, lambda: fresh(bench, traffic, probe), lambda: beside(traffic, dump))
        real = work / "real.pcap"
        beside(traffic, ["tcpdump", "-i", "lo", "-B", "262144", "-c", "600000", "-w", real, f"tcp port {port}"])
        report(bench.table, ours, theirs)
        replay_real(bench, real, port)
    finally:
        server(root, work, "stop")


def report(table, ours, theirs):
    a = median(ours, lambda r: r["cpu"] / r["packets"])
    b = median(theirs, lambda r: r["cpu"] / r["packets"])
    rate = median(ours, lambda r: r["packets"] / SECONDS)
    table.add("Live beside sysbench on loopback: CPU a packet against `tcpdump -w /dev/null`", "≤ 1.5 ×", f"{a / b:.2f} ×",
              a <= 1.5 * b, f"{a * 1e9:.0f} ns against {b * 1e9:.0f} ns; {THREADS} threads, {rate:.0f} packets a second, "
              f"{median(ours, lambda r: r['rate']):.0f} queries a second (with tcpdump "
              f"{median(theirs, lambda r: r['rate']):.0f})")
    lost = sum(r["dropped"] for r in ours)
    table.add("Live: packets dropped by the kernel at the highest rate the machine makes", "0", str(lost), lost == 0,
              f"of {sum(r['packets'] for r in ours)} in {len(ours)} runs; tcpdump with its own buffer dropped "
              f"{sum(r['dropped'] for r in theirs)}")


def replay_real(bench, capture, port):
    record = bench.record
    bench.record = lambda path, *options, stdin=None: record(path, "--mysql-port", port, *options, stdin=stdin)
    try:
        bench.compare_replay("sysbench's own traffic, recorded", capture)
    finally:
        bench.record = record
