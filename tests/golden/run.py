#!/usr/bin/env python3
# summary: golden captures: runs `poolprobe dump` on each line of TESTLIST and compares
"""run.py BIN [--one NAME] [--update]

TESTLIST holds a line for each test: name, capture, options of `dump` (the rest of the line). A capture below
`shared/` is other people's and lies in ../shared/captures of the repository (POOLPROBE_CAPTURES overrides); its
facts are checked against the index and the expectations that lie beside it. Any other capture is our own, below
this folder, and is compared with expected/NAME.jsonl. Missing shared captures are skipped with a message.
Two checks hold for every line of every capture: times in order, and complete only when nothing was lost.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SHARED = pathlib.Path(os.environ.get("POOLPROBE_CAPTURES", HERE.parents[1].parent / "shared" / "captures"))
KEYS = ("conn client server thread_id user db cmd sql stmt_id params sent_ns first_ns last_ns ok rows affected_rows "
        "insert_id warnings result_sets errno sqlstate error status req_bytes resp_bytes complete note").split()
CMD_OF_ZEEK = {"login": "CONNECT"}


def read_tests():
    tests = []
    for line in (HERE / "TESTLIST").read_text().splitlines():
        fields = line.split()
        if fields and not fields[0].startswith("#"):
            tests.append((fields[0], fields[1], fields[2:]))
    return tests


def run_dump(binary, capture, options):
    done = subprocess.run([binary, "dump", "-r", str(capture), *options], capture_output=True, timeout=120)
    if done.returncode not in (0, 3):
        raise AssertionError(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode("utf-8"), done.returncode


def check_line(x):
    keys = [k for k in x if k not in ("auth", "txn_state")]
    assert keys == KEYS, f"keys {keys}"
    assert ("auth" in x) == (x["cmd"] == "CONNECT"), "auth belongs to CONNECT"
    if x["first_ns"] is not None:
        assert x["first_ns"] >= x["sent_ns"], f"answered before sent: {x}"
    if x["last_ns"] is not None:
        assert x["last_ns"] >= x["first_ns"], f"last before first: {x}"
    notes = (x["note"] or "").split(",")
    lost = {"gap", "closed", "desync", "tls"} & set(notes)
    assert not (lost and x["complete"]), f"complete in spite of {lost}"
    assert x["complete"] or not x["ok"] or x["last_ns"], f"ok without a known end: {x}"
    assert (x["errno"] == 0) or not x["ok"], f"ok with an error: {x}"


def index_facts(name):
    for row in (SHARED / "INDEX.tsv").read_text().splitlines()[1:]:
        fields = row.split("\t")
        if fields[0] == name:
            notes = fields[4]
            facts = {}
            for key in ("cmds", "err"):
                m = re.search(key + r"=([A-Z_0-9:,]+)", notes)
                facts[key] = dict((p.split(":")[0], int(p.split(":")[1])) for p in m[1].split(",")) if m else {}
            return facts
    raise AssertionError(f"{name} is not in INDEX.tsv")


def check_index(name, lines):
    """Commands by type and errors by number; LOGIN counts handshakes that got as far as a login."""
    facts = index_facts(name)
    ours = collections.Counter(x["cmd"] for x in lines if x["cmd"] != "CONNECT")
    theirs = {k: v for k, v in facts["cmds"].items() if k != "LOGIN"}
    assert dict(ours) == theirs, f"commands {dict(ours)}, index has {theirs}"
    errors = collections.Counter(str(x["errno"]) for x in lines if x["errno"])
    assert dict(errors) == facts["err"], f"errors {dict(errors)}, index has {facts['err']}"


def near(ns, seconds):
    return ns is not None and abs(ns / 1e9 - seconds) < 2e-6


def find_event(lines, event):
    cmd = CMD_OF_ZEEK.get(event["cmd"], event["cmd"].upper())
    for x in lines:
        if x["cmd"] == cmd and x["client"] == event["client"] and near(x["sent_ns"], event["ts"]):
            return x
    raise AssertionError(f"no {cmd} of {event['client']} at {event['ts']}")


def check_event(x, event):
    ref = event.get("ref") or {}
    if event["cmd"] == "query":
        assert x["sql"] == event["arg"], f"sql {x['sql']!r}, expected {event['arg']!r}"
    if event["cmd"] == "init_db":
        assert x["db"] == event["arg"]
    if event["cmd"] in ("login", "change_user") and event["arg"] and (x["ok"] or event["cmd"] == "login"):
        assert x["user"] == event["arg"]
    if event["success"] is not None:
        assert x["ok"] == event["success"], f"ok {x['ok']}: {x}"
    if ref.get("result") == "err":
        assert x["errno"] == ref["errno"] and x["sqlstate"] == ref["sqlstate"] and x["error"] == event["response"]
    if ref.get("result") == "rows":
        assert x["rows"] == ref["rows"], f"rows {x['rows']}, expected {ref['rows']}: {x['sql']}"
    if "affected" in ref:
        assert x["affected_rows"] == ref["affected"] and x["insert_id"] == ref["insert_id"]
    if "first_resp_ts" in ref:
        assert near(x["first_ns"], ref["first_resp_ts"]) and near(x["last_ns"], ref["last_resp_ts"]), \
            f"times {x['first_ns']} {x['last_ns']}, expected {ref}"


def check_zeek(name, lines):
    for entry in json.loads((SHARED / "zeek_expected.json").read_text()):
        if entry["file"] == name:
            for event in entry["events"]:
                check_event(find_event(lines, event), event)


def check_packetbeat(name, lines):
    for entry in json.loads((SHARED / "packetbeat_expected.json").read_text()):
        if entry["file"] != name:
            continue
        a = entry["assertions"]
        queries = [x for x in lines if x["cmd"] == "QUERY"]
        if isinstance(a.get("rows"), int):
            assert queries[0]["rows"] == a["rows"], f"rows {queries[0]['rows']}"
        if "affected_rows" in a:
            assert queries[0]["affected_rows"] == a["affected_rows"]
        if "errno" in a:
            x = queries[0]
            assert (x["errno"], x["sqlstate"], x["error"]) == (a["errno"], a["sqlstate"], a["msg"]), x
        for method, n in a.get("methods", {}).items():
            have = sum(1 for x in queries if x["sql"].lstrip().upper().startswith(method))
            assert have >= n, f"{method}: {have}, expected {n}"


def check_suricata(name, lines):
    for entry in json.loads((SHARED / "suricata_expected.json").read_text()):
        for check in entry["checks"] if entry["file"] == name else []:
            match = check["match"]
            text = match.get("mysql.command")
            # Their prepared statements stand with unquoted parameters in the text: only plain queries compare.
            plain = text and text != "ping" and not any(x["cmd"] == "STMT_EXECUTE" for x in lines)
            if plain:
                assert any(x["sql"] == text for x in lines), f"no {text!r}"
            if match.get("mysql.tls") is True:
                assert any("tls" in (x["note"] or "") for x in lines), "no TLS"


def check_shared(name, lines):
    check_index(name, lines)
    check_zeek(name, lines)
    check_packetbeat(name, lines)
    check_suricata(name, lines)


def compare_own(name, text, update):
    path = HERE / "expected" / f"{name}.jsonl"
    if update:
        path.write_text(text)
        return
    assert path.exists(), f"{path} is missing; look at the output, then run with --update"
    want = path.read_text().splitlines()
    have = text.splitlines()
    for i, (a, b) in enumerate(zip(want, have)):
        assert a == b, f"line {i + 1}\n  expected {a}\n  have     {b}"
    assert len(want) == len(have), f"{len(have)} lines, expected {len(want)}"


def run_one(args, test):
    name, capture, options = test
    shared = capture.startswith("shared/")
    path = SHARED / capture[len("shared/"):] if shared else HERE / capture
    if shared and not path.exists():
        return "skip"
    text, _ = run_dump(args.binary, path, options)
    lines = [json.loads(line) for line in text.splitlines()]
    for x in lines:
        check_line(x)
    if shared:
        check_shared(capture[len("shared/"):], lines)
    else:
        compare_own(name, text, args.update)
    return "ok"


def main():
    parser = argparse.ArgumentParser(description="golden captures through `poolprobe dump`")
    parser.add_argument("binary")
    parser.add_argument("--one", metavar="NAME")
    parser.add_argument("--update", action="store_true", help="rewrite the expected output of our own captures")
    args = parser.parse_args()
    tests = [t for t in read_tests() if args.one in (None, t[0])]
    if not tests:
        sys.exit(f"no test named {args.one}")
    count = collections.Counter()
    for test in tests:
        try:
            result = run_one(args, test)
        except (AssertionError, ValueError, subprocess.TimeoutExpired) as why:
            result = "FAILED"
            print(f"FAILED {test[0]}: {why}")
        count[result] += 1
    if count["skip"]:
        print(f"skipped {count['skip']}: their captures are not in {SHARED}")
    print(f"{count['ok']} passed, {count['FAILED']} failed")
    return 1 if count["FAILED"] else 0


if __name__ == "__main__":
    sys.exit(main())
