#!/usr/bin/env python3
# summary: compares what `poolprobe dump` says of a capture with what the clients themselves know of it
"""verify.py --port PORT [--loss] CAPTURE DUMP TRUTH

DUMP holds the lines of `dump -r CAPTURE`, TRUTH a line of JSON for each command that a client sent, written by the
client. For each connection the commands must be the same in the same order, and every fact that a line of the truth
holds must be that of the dump. Beside that, without the decoder's help:
- a command lies between the times at which the client began to send it and had its answer,
- the bytes of all lines of a connection add up to what its TCP segments carried,
- all lines of a connection carry the thread id that the client knows.
"""
import argparse
import collections
import json
import pathlib
import sys

import pcapfile

# Written out from MySQL's mysql_com.h, apart from the decoder's own table.
STATUS = {
    0x0001: "IN_TRANS", 0x0002: "AUTOCOMMIT", 0x0008: "MORE_RESULTS", 0x0010: "NO_GOOD_INDEX_USED",
    0x0020: "NO_INDEX_USED", 0x0040: "CURSOR_EXISTS", 0x0080: "LAST_ROW_SENT", 0x0100: "DB_DROPPED",
    0x0200: "NO_BACKSLASH_ESCAPES", 0x0400: "METADATA_CHANGED", 0x0800: "QUERY_WAS_SLOW", 0x1000: "PS_OUT_PARAMS",
    0x2000: "IN_TRANS_READONLY", 0x4000: "SESSION_STATE_CHANGED",
}
# Facts about the client's line itself; all others are compared with the key of that name.
OWN = {"client", "from_ns", "to_ns", "cmd", "status_bits", "note", "earlier", "unasked", "sql_head", "compressed"}
CLOCK_SLACK_NS = 2_000_000


class Differences:
    def __init__(self):
        self.lines = []

    def add(self, client, number, what):
        self.lines.append(f"{client} line {number}: {what}")


def by_client(lines):
    out = collections.OrderedDict()
    for x in lines:
        out.setdefault(x["client"], []).append(x)
    return out


def check_facts(t, x, tell):
    for key, want in t.items():
        if key in OWN:
            continue
        if x.get(key, "missing") != want:
            tell(f"{key} is {str(x.get(key))[:300]!r}, the client says {str(want)[:300]!r}")
    if not (x["sql"] or "").startswith(t.get("sql_head", "")):
        tell(f"sql begins {str(x['sql'])[:80]!r}, the client says {t['sql_head']!r}")
    if "status_bits" in t:
        want = [name for bit, name in STATUS.items() if t["status_bits"] & bit]
        if x["status"] != want:
            tell(f"status is {x['status']}, the client says {want}")
    notes = set((x["note"] or "").split(",")) - {""}
    want = set((t.get("note") or "").split(",")) - {""}
    if notes != want:
        tell(f"note is {sorted(notes)}, the client says {sorted(want)}")
    if x["complete"] == bool(want & {"tls", "closed", "gap"}):
        tell(f"complete is {x['complete']} with {sorted(want)}")


def check_times(t, x, tell):
    if not t.get("earlier") and x["sent_ns"] < t["from_ns"] - CLOCK_SLACK_NS:
        tell(f"sent {t['from_ns'] - x['sent_ns']} ns before the client began")
    if max(x["sent_ns"], x["last_ns"] or 0) > t["to_ns"] + CLOCK_SLACK_NS and x["cmd"] != "QUIT":
        tell(f"ended {max(x['sent_ns'], x['last_ns'] or 0) - t['to_ns']} ns after the client had the answer")


def check_connection(client, truth, dump, diff):
    if [t["cmd"] for t in truth] != [x["cmd"] for x in dump]:
        diff.add(client, 0, f"commands\n  dump   {[x['cmd'] for x in dump]}\n  client {[t['cmd'] for t in truth]}")
        return
    thread = next((t["thread_id"] for t in truth if "thread_id" in t), None)
    for number, (t, x) in enumerate(zip(truth, dump), 1):
        def tell(what):
            diff.add(client, number, f"{x['cmd']} {str(x['sql'])[:60]!r}: {what}")
        check_facts(t, x, tell)
        check_times(t, x, tell)
        if thread is not None and x["thread_id"] != thread:
            tell(f"thread_id is {x['thread_id']}, the client says {thread}")


def check_lossy(client, truth, dump, diff, slack_ns=0):
    """Where packets are missing: what the dump calls complete must be a command of the client, told by its time, with the
    facts that the client knows, but for what a part of the connection that is missing would have told."""
    unknowable = {"thread_id", "user", "db", "auth", "sql", "params", "stmt_id"}
    for number, x in enumerate(dump, 1):
        if not x["complete"]:
            continue
        best = [f"{x['cmd']} {str(x['sql'])[:60]!r}: no command of the client at this time"]
        met = False
        for t in truth:
            if t["cmd"] != x["cmd"] or x["sent_ns"] > t["to_ns"] + slack_ns or \
                    not (t.get("earlier") or x["sent_ns"] >= t["from_ns"] - slack_ns):
                continue
            wrong = []
            t = {k: v for k, v in t.items() if k not in unknowable or x.get(k) is not None}
            t["note"] = x["note"]
            check_facts(t, x, lambda what: wrong.append(f"{x['cmd']} {str(x['sql'])[:60]!r}: {what}"))
            best = wrong if not met or len(wrong) < len(best) else best
            met = True
            if not wrong:
                break
        for what in best:
            diff.add(client, number, what)


def check_bytes(client, conn, truth, dump, diff):
    """Not where the connection goes on unreadable or compressed, nor where the server speaks without being asked."""
    if any((t.get("note") or "") not in ("", "pipelined") or t.get("unasked") or t.get("compressed") for t in truth):
        return
    for to_client, key in ((False, "req_bytes"), (True, "resp_bytes")):
        want, have = pcapfile.payload_bytes(conn, to_client), sum(x[key] for x in dump)
        if have != want:
            diff.add(client, 0, f"{key} add up to {have}, the segments carried {want}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--loss", action="store_true", help="the capture lacks packets or ends of packets")
    parser.add_argument("capture", type=pathlib.Path)
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("truth", type=pathlib.Path)
    args = parser.parse_args()
    read = [[json.loads(line) for line in p.read_text().splitlines()] for p in (args.dump, args.truth)]
    dump = by_client(read[0])
    truth = by_client(read[1])
    conns = pcapfile.connections(args.capture, args.port)
    diff = Differences()
    for client in [*truth, *(c for c in dump if c not in truth)]:
        check = check_lossy if args.loss else check_connection
        check(client, truth.get(client, []), dump.get(client, []), diff)
        if client in conns and client in truth and not args.loss:
            check_bytes(client, conns[client], truth[client], dump.get(client, []), diff)
    for line in diff.lines:
        print(line)
    facts = sum(len(t.keys() - OWN) for t in read[1])
    complete = sum(1 for x in read[0] if x["complete"])
    print(f"{args.capture.stem}: {len(truth)} connections, {len(read[1])} commands, {complete} complete, {facts} facts, "
          f"{len(diff.lines)} differences", file=sys.stderr)
    return 1 if diff.lines else 0


if __name__ == "__main__":
    sys.exit(main())
