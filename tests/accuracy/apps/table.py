# summary: writes the section about FastAPI and Django of docs/accuracy.md from the results of the applications' proof
"""table.py RESULTS.csv docs/accuracy.md [--mysql TEXT]: the rest of the page, and the notes of the section, stay as they are."""
import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import judge
import page

TITLE = "## FastAPI and Django"
HEAD = """
The same question to two real applications, those of the published benchmark (`docker/fastapi`: Tortoise ORM on aiomysql's pool, one
event loop; `docker/django`: mysqlclient, eight threads of gunicorn with a connection each). Their code stays as it is: `tests/accuracy/apps.sh`
starts them as the benchmark does and puts a witness into their process (`tests/accuracy/apps/witness`, a `sitecustomize.py` on
PYTHONPATH), which writes down each call of the pool, each dial, each release and each wake-up with the request that it was for. From that
`truth.py` plays the pool back and gives each wait its true parts, in [reftarget's format](reftarget.md#the-truth-log). A call of the pool
that is answered at once, without standing in the queue or dialling, has none of the four causes: the time of the pool's own code (aiomysql looks at each free
connection, 0.03 to 0.04 ms for 100 of them) is the application's, `app`, and no wait.

    tests/accuracy/apps.sh --write      # all cases, about 7 minutes

The last run: {machine}. One CPU for the application at most; levels of {seconds} s. `published`: users think 1 to 10 ms, as in the benchmark;
`calm`: 200 to 600 ms. The figures are in `tests/accuracy/apps/results.csv`, with the part of the machine's CPUs that was in use.

| | wanted | within | missed |
| --- | --- | --- | --- |
{summary}

"""
COLUMNS = ["application", "pool or threads", "load", "users", "requests", "mean", "interval", "p95", "causes", "joins", "per request",
           "waits for a thread", "CPU of application"]
TABLE = """
Times in ms. `waits for a thread` is what the witness saw of the time in which a request of Django waits for one of gunicorn's threads: the report has
it in `app`, never as a wait for a connection. The other columns are as in the table [below](#every-level-of-every-case). **Bold**: missed.

"""
DIALS = """
A dial's mean phases in ms, as the application's process saw them → as the wire shows them. The process sees each phase's end when
its event loop comes to it; the wire has the TCP handshake as captured on the loopback interface.

| case | dials | TCP | greeting | authentication | first commands |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def table_row(row):
    joins, causes, waits = judge.joins_right(row), judge.worst_cause(row), judge.number(row, "thread_wait_ms")
    return "| " + " | ".join([
        row["app"], row["size"], row["load"], row["users"], row["requests"],
        page.pair(row, "true_ms", "found_ms", judge.misses_mean(row)),
        f"{judge.number(row, 'low_ms'):.3g}–{judge.number(row, 'high_ms'):.3g}",
        page.pair(row, "true_p95_ms", "found_p95_ms", judge.misses_p95(row)),
        page.optional(causes, "{:.1f}", judge.misses_causes(row)),
        page.optional(None if joins is None else 100 * joins, "{:.1f} %", judge.misses_joins(row)),
        page.optional(judge.number(row, "per_request_ms"), "{:.3g}", False),
        page.optional(waits, "{:.3g}", False),
        page.optional(judge.number(row, "app_cpu"), "{:.2f}", False)]) + " |"


def dial_rows(rows):
    seen = {r["case"]: r for r in rows if judge.number(r, "true_tcp_ms") is not None and judge.number(r, "found_tcp_ms") is not None}
    return "\n".join("| " + " | ".join([r["case"], r["dials"], *(
        f"{judge.number(r, f'true_{p}_ms'):.2f} → {judge.number(r, f'found_{p}_ms'):.2f}"
        for p in ["tcp", "greeting", "auth", "init"])]) + " |" for r in seen.values())


def summary(rows):
    kinds = [("mean acquisition wait", "within 5 %", judge.misses_mean),
             ("the true mean lies in the interval given", "all", page.covers),
             ("p95 of the requests' waits", "within 10 %", judge.misses_p95),
             ("shares of the four causes", "within 5 points", judge.misses_causes),
             ("joins without a trace id", "95 % at 10 in flight, 90 % at 100", judge.misses_joins)]
    return "\n".join("| " + " | ".join([name, wanted, *page.count(rows, judged)]) + " |" for name, wanted, judged in kinds)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("results")
    ap.add_argument("out")
    ap.add_argument("--mysql", default="")
    ap.add_argument("--seconds", default="6")
    args = ap.parse_args()
    rows = judge.read_csv(args.results)
    old = page.section(args.out, TITLE)
    notes = re.search(r"^### Why cases miss here\n.*?(?=^### |\Z)", old, re.M | re.S)
    machine = page.machine_of(old, args.mysql)
    text = TITLE + "\n" + HEAD.format(machine=machine, seconds=args.seconds, summary=summary(rows))
    text += (notes.group(0) if notes else "")
    text += "### Every level of every application\n" + TABLE
    text += "| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS) + "\n"
    text += "\n".join(map(table_row, rows)) + "\n" + DIALS.format(rows=dial_rows(rows))
    page.replace_section(args.out, TITLE, text, before="## Every level of every case")


main()
