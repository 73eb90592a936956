# summary: the comparisons of poolload_open.sh: what the server saw against what poolload wrote, one function each
#
# poolload_open_check.py CHECK LOG RESULTS [FILE…]
import collections
import csv
import hashlib
import json
import sys

log = json.load(open(sys.argv[2]))
levels = json.load(open(sys.argv[3]))
rest = sys.argv[4:]


def need(good, what):
    if not good:
        sys.exit(str(what))


def same(what, a, b):
    need(a == b, "%s: %r and %r" % (what, a, b))


def schedule():
    """Every intended request is one that the server saw, or is reported as not sent."""
    same("seen", len(log), sum(l["total_requests"] for l in levels))
    for l in levels:
        same("of level %d" % l["level_id"], l["total_requests"] + l["unsent_requests"],
             round(l["rate"] * l["duration"]))
        same("sent by second", sum(s["sent"] for s in l["seconds"]), l["total_requests"])
        same("ends by second", sum(s["successful"] + s["errors"] for s in l["seconds"]), l["total_requests"])
        same("histogram", sum(n for _, n in l["corrected_histogram"]["buckets"]), l["successful_requests"])
        own = [r["time"] for r in log if "index=%d;" % (l["level_id"] - 1) in r["headers"]["poolload-level"]]
        same("header", len(own), l["total_requests"])
        first, last = min(own), max(own)
        # The last request is due one interval before the end; a schedule that slips would be behind it.
        need(last - first < (l["duration"] + 0.5) * 1e9, "%d ns for %r s" % (last - first, l["duration"]))


def stall():
    (l,) = levels
    need(l["p99_response_time"] < 500, "uncorrected p99 %r" % l["p99_response_time"])
    need(l["corrected_p99_response_time"] > 800, "corrected p99 %r" % l["corrected_p99_response_time"])
    need(l["max_response_time"] > 900, "max %r" % l["max_response_time"])
    need(l["queued_requests"] > 100, "queued %r" % l["queued_requests"])


def users_over_time():
    """In each tenth of a second of a level, as many connections are at work as the level has users; none in a pause.

    A level's warm-up of two tenths stands before its start."""
    tenth = 10**8
    for i, l in enumerate(levels):
        counts = []
        for at in range(l["start_ns"] + tenth, l["end_ns"] - tenth, tenth):
            counts.append(len({r["from"] for r in log if at <= r["time"] < at + tenth}))
        need(len(counts) >= 5, counts)
        need(max(counts) <= l["concurrent_users"], "%d users, connections %r" % (l["concurrent_users"], counts))
        full = sum(c == l["concurrent_users"] for c in counts)
        need(full * 10 >= len(counts) * 8, "%d users, connections %r" % (l["concurrent_users"], counts))
        if i > 0:
            quiet = [r for r in log if levels[i - 1]["end_ns"] + 2 * tenth <= r["time"] < l["start_ns"] - 2.1 * tenth]
            same("in the pause before level %d" % l["level_id"], len(quiet), 0)


def messages():
    """Bodies and headers arrive as given."""
    expected = {"/own": open(rest[0], "rb").read(), "/common": open(rest[1], "rb").read()}
    types = {"/own": "application/json", "/common": "text/plain; charset=utf-8"}
    same("paths", {r["path"] for r in log}, {"/own", "/common", "/get"})
    for r in log:
        body = expected.get(r["path"], b"")
        same("body", r["body"], hashlib.sha256(body).hexdigest())
        same("length", r["length"], len(body))
        same("type", r["headers"].get("content-type"), types.get(r["path"]))
        same("header", r["headers"].get("x-one"), "eins; zwei")
        same("file", (r["headers"].get("x-two"), r["headers"].get("x-empty")), ("2", ""))
        same("expect", r["headers"].get("expect"), None)


def own_type():
    same("type", {r["headers"].get("content-type") for r in log}, {"a/b"})


def no_keepalive():
    same("connections", len({r["from"] for r in log}), len(log))
    same("Connection", {r["headers"].get("connection") for r in log}, {"close"})
    (l,) = levels
    same("opened", l["connections_opened"], l["total_requests"])
    same("connects", l["phases"]["connect"]["count"], l["total_requests"])


def keepalive():
    (l,) = levels
    same("opened", l["connections_opened"], len({r["from"] for r in log}))
    same("requests", len(log), l["total_requests"])


def kinds():
    (l,) = levels
    n = collections.Counter(r["path"] for r in log)
    e = dict(l["errors"])
    # curl 7.88 closes on these by itself; the words may be any of the three, the number may not.
    broken = sum(e.pop(k, 0) for k in ("malformed", "closed", "reset", "other"))
    same("broken", broken, n["/garbage"] + n["/bad-length"] + n["/bad-chunk"] + n["/reset"] + n["/endless-head"])
    same("timeouts", e.pop("timeout", 0), n["/endless"] + n["/silent"])
    same("status", e.pop("status 500", 0), n["/500"])
    same("others", e, {})
    same("class", l["error_classes"], {"5xx": n["/500"]})
    same("total", l["total_requests"], len(log))
    samples = {s["error"]: s for s in l["error_samples"]}
    need("broken: ." in samples["status 500"]["text"] and "why" in samples["status 500"]["text"],
         samples["status 500"])
    need(samples["timeout"]["text"] and samples["timeout"]["path"] in ("/endless", "/silent"), samples["timeout"])


def table():
    rows = list(csv.DictReader(open(rest[0], newline="")))
    same("rows", len(rows), sum(1 + len(l["endpoints"]) for l in levels))
    for l in levels:
        own = [r for r in rows if int(r["level"]) == l["level_id"]]
        same("all", int(own[0]["requests"]), l["total_requests"])
        need(abs(float(own[0]["p99_ms"]) - l["p99_response_time"]) < 1e-5, own[0])
        need(abs(float(own[0]["corrected_p99_ms"]) - l["corrected_p99_response_time"]) < 1e-5, own[0])
        for e, r in zip(l["endpoints"], own[1:]):
            same("endpoint", r["endpoint"], e["method"] + " " + e["path"])
            same("requests", int(r["requests"]), e["total_requests"])


def merged():
    parts = [json.load(open(p))[0] for p in rest]
    (l,) = levels
    for key in ("total_requests", "successful_requests", "error_requests", "concurrent_users", "connections_opened"):
        same(key, l[key], sum(p[key] for p in parts))
    same("machines", l["machines"], len(parts))
    same("seen", len(log), l["total_requests"])
    for name in ("histogram", "corrected_histogram", "start_delay_histogram"):
        sums = collections.Counter()
        for p in parts:
            sums.update(dict(map(tuple, p[name]["buckets"])))
        same(name, dict(map(tuple, l[name]["buckets"])), dict(sums))
        same("max", l[name]["max"], max(p[name]["max"] for p in parts))
    starts = [p["start_ns"] for p in parts]
    need(max(starts) - min(starts) < 50e6, "started %d ns apart" % (max(starts) - min(starts)))


def hdr():
    """An HdrHistogram tool's own reader gives the quantiles of results.json."""
    from hdrh.histogram import HdrHistogram
    from hdrh.log import HistogramLogReader
    lines = [x for x in open(rest[0]) if x[0] not in '#"']
    same("lines", len(lines), 2 * len(levels))
    for i, l in enumerate(levels):
        plain = HdrHistogram.decode(lines[2 * i].strip().split(",")[-1])
        tagged = HdrHistogram.decode(lines[2 * i + 1].strip().split(",")[-1])
        need(lines[2 * i + 1].startswith("Tag=corrected,"), lines[2 * i + 1][:40])
        for prefix, h in (("", plain), ("corrected_", tagged)):
            same("count", h.get_total_count(), l["successful_requests"])
            for name, percent in (("p50", 50), ("p95", 95), ("p99", 99)):
                mine = l["%s%s_response_time" % (prefix, name)] * 1e6
                its = h.get_value_at_percentile(percent)
                need(abs(mine - its) <= 0.02 * mine, "%s%s: %r and %r" % (prefix, name, mine, its))
    total = HdrHistogram(1, 2**62, 3)
    reader = HistogramLogReader(rest[0], total)
    n = 0
    while reader.get_next_interval_histogram() is not None:
        n += 1
    need(n >= len(levels), "its log reader found %d intervals" % n)


globals()[sys.argv[1]]()
