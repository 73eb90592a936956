#!/bin/bash
# summary: poolload against a server of known behaviour: counts, kinds of errors, header, results file, stops
#
# usage: poolload.sh BIN_FOLDER
set -u
bin=${1:?usage: poolload.sh BIN_FOLDER}
poolload=$bin/poolload
if [ ! -x "$poolload" ]; then
    echo "not ok - $poolload is not there; build it first"
    exit 1
fi
dir=$(mktemp -d)
server_pid=
failed=0

cleanup() {
    [ -n "$server_pid" ] && kill "$server_pid" 2>/dev/null
    rm -rf "$dir"
}
trap cleanup EXIT

check() { # name, command...
    local name=$1
    shift
    if "$@" >"$dir/check.out" 2>&1; then
        echo "ok - $name"
    else
        echo "not ok - $name"
        sed 's/^/#   /' "$dir/check.out" | head -20
        failed=1
    fi
}

# Runs poolload without terminal; stdout and stderr go to files.
load() {
    "$poolload" "$@" >"$dir/out" 2>"$dir/err"
    status=$?
}

exited() { [ "$status" = "$1" ] || { echo "exit $status, not $1"; cat "$dir/err"; return 1; }; }
says() { grep -qF -e "$1" "$dir/err" || { echo "not said: $1; but:"; cat "$dir/err"; return 1; }; }
one_line() { [ "$(wc -l <"$dir/err")" = 1 ] || { cat "$dir/err"; return 1; }; }
json() { jq -e "$1" "$dir/results.json"; }

cat >"$dir/server.py" <<'PY'
# A threaded HTTP server whose paths each misbehave in one known way; GET /log gives every request seen and forgets it.
import http.server, json, socket, struct, sys, threading, time

seen = []
lock = threading.Lock()

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def shutdown_request(self, request):
        self.close_request(request)  # no FIN ahead of a reset

    def handle_error(self, request, client_address):
        pass

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self, status, body):
        self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) +
                         (b"" if self.command == "HEAD" else body))

    def do(self):
        if self.path == "/log":
            with lock:
                body = json.dumps(seen).encode()
                seen.clear()
            return self.answer(200, body)
        with lock:
            seen.append({"method": self.command, "path": self.path, "time": time.time_ns(),
                         "level": self.headers.get("Poolload-Level"), "trace": self.headers.get("traceparent"),
                         "agent": self.headers.get("User-Agent"), "type": self.headers.get("Content-Type"),
                         "length": self.headers.get("Content-Length"), "from": self.client_address[1]})
        if self.path == "/ok":
            self.answer(200, b"ok")
        elif self.path == "/moved":
            self.answer(302, b"")
        elif self.path == "/500":
            self.answer(500, b"broken")
        elif self.path == "/404":
            self.answer(404, b"")
        elif self.path == "/stall":
            time.sleep(0.6)
            self.close_connection = True
        elif self.path == "/garbage":
            self.wfile.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
            self.close_connection = True
        elif self.path == "/early":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            self.close_connection = True
        elif self.path == "/nothing":
            self.close_connection = True
        elif self.path == "/reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do

    def log_message(self, *args):
        pass

server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
PY

cat >"$dir/compare.py" <<'PY'
# compare.py LOG RESULTS CHECK: one named comparison of what the server saw with what poolload wrote.
import collections, json, re, sys

log = json.load(open(sys.argv[1]))
levels = json.load(open(sys.argv[2]))
mark = re.compile(r"index=(\d+); users=(\d+); start=(\d+); end=(\d+)$")

def same(what, a, b):
    if a != b:
        sys.exit("%s: server %r, poolload %r" % (what, a, b))

def of_level(i):
    return [r for r in log if mark.match(r["level"] or "") and int(mark.match(r["level"])[1]) == i]

def totals():
    same("all", len(log), sum(l["total_requests"] for l in levels))
    for i, l in enumerate(levels):
        mine = of_level(i)
        same("level %d" % i, len(mine), l["total_requests"])
        for e in l["endpoints"]:
            same("%s %s" % (e["method"], e["path"]),
                 sum(r["method"] == e["method"] and r["path"] == e["path"] for r in mine), e["total_requests"])

def headers():
    if not log:
        sys.exit("no request")
    for r in log:
        m = mark.match(r["level"] or "")
        if not m:
            sys.exit("header %r" % r["level"])
        l = levels[int(m[1])]
        same("header", [int(g) for g in m.groups()],
             [l["level_id"] - 1, l["concurrent_users"], l["start_ns"], l["end_ns"]])
        if not r["agent"].startswith("poolload/"):
            sys.exit("agent %r" % r["agent"])
        same("type", r["type"], None)
        if r["method"] == "POST":
            same("length", r["length"], "0")

def traces():
    form = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$")
    for r in log:
        if not form.match(r["trace"] or ""):
            sys.exit("traceparent %r" % r["trace"])
    same("different ids", len(set(r["trace"].split("-")[1] for r in log)), len(log))

def no_traces():
    same("traceparents", [r["trace"] for r in log if r["trace"]], [])

def connections():
    for i, l in enumerate(levels):
        same("connections of level %d" % i, len(set(r["from"] for r in of_level(i))), l["concurrent_users"])

def weights():
    # Each whole cycle of a user has 3 of the first and 1 of the second; a broken-off one differs by 3 at most.
    for l in levels:
        a, b = (e["total_requests"] for e in l["endpoints"])
        if abs(a - 3 * b) > 3 * l["concurrent_users"] or b == 0:
            sys.exit("%d and %d at %d users" % (a, b, l["concurrent_users"]))

def shuffled():
    # In one user's (one connection's) sequence the cycles must not all be in the same order.
    by = collections.defaultdict(list)
    for r in sorted(log, key=lambda r: r["time"]):
        by[r["from"]].append(r["path"] + r["method"])
    orders = set()
    for paths in by.values():
        for i in range(0, len(paths) - 3, 4):
            orders.add(tuple(paths[i:i + 4]))
    if len(orders) < 3:
        sys.exit("orders seen: %r" % orders)

def histograms():
    for l in levels:
        for o in [l] + l["endpoints"]:
            h = o["histogram"]
            same("histogram", sum(n for _, n in h["buckets"]), o["successful_requests"])
            same("unit", [h["unit"], h["scheme"]], ["ns", "log-linear-64"])
            same("sorted", sorted(h["buckets"]), h["buckets"])
            if o["successful_requests"]:
                t = [o[k + "_response_time"] for k in ("min", "p50", "p95", "p99", "p999", "max")]
                same("order", sorted(t), t)

def kinds():
    (l,) = levels
    n = collections.Counter(r["path"] for r in log)
    sent = {"status 500": n["/500"], "status 404": n["/404"], "reset": n["/reset"],
            "malformed": n["/garbage"], "closed": n["/early"] + n["/nothing"], "": n["/ok"] + n["/moved"]}
    got = l["errors"] | {"": l["successful_requests"]}
    # On a machine that stood still an answer may come too late; it counts as a time-out then, and as nothing else.
    late = {k: c - got.get(k, 0) for k, c in sent.items()}
    if min(late.values()) < 0:
        sys.exit("answers: server %r, poolload %r" % (sent, got))
    same("errors", set(sent) | {"timeout"}, set(got))
    same("timeout", n["/stall"] + sum(late.values()), got["timeout"])
    same("error_requests", sum(l["errors"].values()), l["error_requests"])
    if min(n.values()) < 2:
        sys.exit("too few of %r" % n)
    rate = 100 * l["error_requests"] / l["total_requests"]
    if abs(rate - l["error_rate"]) > 0.001:
        sys.exit("error_rate %r, not %r" % (l["error_rate"], rate))

def warmup():
    # The server sees a request a little after it was sent, so those at the edges may fall on the other side.
    (l,) = levels
    inside = sum(l["start_ns"] <= r["time"] < l["end_ns"] for r in log)
    if abs(inside - l["total_requests"]) > l["concurrent_users"]:
        sys.exit("server %d, poolload %d" % (inside, l["total_requests"]))
    if len(log) < inside * 1.2:
        sys.exit("no warm-up: %d of %d" % (inside, len(log)))

def throughput():
    for l in levels:
        if abs(l["throughput"] - l["successful_requests"] / l["duration"]) > 0.01:
            sys.exit("%r" % l["throughput"])
        if abs((l["end_ns"] - l["start_ns"]) / 1e9 - l["duration"]) > 1e-3:
            sys.exit("duration %r" % l["duration"])

globals()[sys.argv[3]]()
PY

python3 "$dir/server.py" >"$dir/port" 2>"$dir/server.err" &
server_pid=$!
for _ in $(seq 100); do
    [ -s "$dir/port" ] && break
    sleep 0.05
done
url=http://127.0.0.1:$(cat "$dir/port")
take_log() { curl -s --noproxy '*' "$url/log" >"$dir/log.json"; }
compare() { python3 "$dir/compare.py" "$dir/log.json" "$dir/results.json" "$1"; }
quick=(--warmup 0 --pause 0 -o "$dir/results.json")
unset POOLPROBE_RUN

# --- a ramp of good requests
load --url "$url/" --endpoint 'GET /ok' --endpoint 'POST /ok' --weights 3,1 --users 2:6:2 --duration 700ms \
    --think 1ms:4ms --trace-context --framework fw --watch-pid "$server_pid" "${quick[@]}"
take_log
check "a ramp exits 0" exited 0
check "three levels of 2, 4 and 6 users" json 'map(.concurrent_users) == [2,4,6] and map(.level_id) == [1,2,3]'
check "counts agree with the server's" compare totals
check "every request carries its level, agent and no content type" compare headers
check "every request carries its own traceparent" compare traces
check "one connection a user" compare connections
check "weights" compare weights
check "shuffled cycles" compare shuffled
check "histograms agree with the counts" compare histograms
check "throughput and duration" compare throughput
check "published fields" json 'all(.[]; has("framework","concurrent_users","duration","total_requests",
    "successful_requests","error_requests","error_rate","throughput","avg_response_time","p95_response_time",
    "p99_response_time","avg_cpu_percent","avg_memory_mb","max_memory_mb","errors"))'
check "framework, no errors, watched process" json 'all(.[]; .framework == "fw" and .errors == {} and
    .error_rate == 0 and .avg_cpu_percent >= 0 and .avg_memory_mb > 1 and .max_memory_mb >= .avg_memory_mb)'
check "a table with a header and a line a level" [ "$(grep -vc warning: "$dir/out")" -eq 4 ]
check "nothing on stderr without a terminal" [ ! -s "$dir/err" ]

# --- every kind of error
load --url "$url" --endpoint 'GET /ok' --endpoint 'GET /moved' --endpoint 'GET /500' --endpoint 'POST /404' \
    --endpoint 'POST /reset' --endpoint 'GET /garbage' --endpoint 'GET /early' --endpoint 'POST /nothing' \
    --endpoint 'POST /stall' --users 8 --threads 2 --duration 1500ms --timeout 200ms "${quick[@]}"
sleep 0.5 # the last stalling threads
take_log
check "request errors are results: exit 0" exited 0
check "errors by kind agree with the server's" compare kinds
check "counts agree where requests fail" compare totals
check "no traceparent unless asked for" compare no_traces
check "without --watch-pid its fields are null" json 'all(.[]; .avg_cpu_percent == null and .max_memory_mb == null)'
check "the table names the errors" grep -q "errors at 8 users: .*timeout" "$dir/out"

# --- methods
load --url "$url" --endpoint 'HEAD /ok' --endpoint 'PUT /ok' --endpoint 'DELETE /ok' --endpoint 'GET /ok' --users 3 \
    --duration 300ms --think 1ms "${quick[@]}"
take_log
check "all methods succeed" json '.[0].error_requests == 0 and all(.[0].endpoints[]; .total_requests > 0)'
check "each method arrives as it is" compare totals

# --- warm-up
load --url "$url" --endpoint 'GET /ok' --users 4 --duration 500ms --warmup 300ms --think 1ms -o "$dir/results.json"
take_log
check "the warm-up does not count" compare warmup
check "the warm-up carries the level too" compare headers

# --- stop in the second level
rm -f "$dir/results.json"
"$poolload" --url "$url" --endpoint 'GET /ok' --users 2:6:2 --duration 600ms --think 5ms "${quick[@]}" \
    >"$dir/out" 2>"$dir/err" &
pid=$!
for _ in $(seq 100); do
    [ -s "$dir/results.json" ] && break
    sleep 0.05
done
sleep 0.3
kill -INT "$pid"
wait "$pid"
status=$?
take_log
check "Ctrl-C exits 1" exited 1
check "Ctrl-C says that it was stopped early" says "stopped early"
check "Ctrl-C leaves one line" one_line
check "Ctrl-C keeps the results" json 'length == 2 and .[0].duration == 0.6 and (.[0]|has("interrupted")|not) and
    .[1].interrupted and .[1].duration < 0.6'
check "counts agree after Ctrl-C" compare totals

# --- nobody listens
# Below the ports that the kernel gives to clients: a client whose own port is the one it asks for would reach itself.
free_port=
while [ -z "$free_port" ] || (exec 3<>"/dev/tcp/127.0.0.1/$free_port") 2>/dev/null; do free_port=$((12000 + RANDOM % 8000)); done
load --url "http://127.0.0.1:$free_port" --endpoint 'GET /' --users 3 --duration 200ms "${quick[@]}"
check "a target that refuses everything exits 1" exited 1
check "and the remedy is said" says "start the target, or correct --url"
check "and the refusals are in the results" json '.[0].errors.refused == .[0].total_requests and
    .[0].total_requests > 0 and .[0].avg_response_time == null'

# --- what cannot work is said before the load
load --url "$url" --endpoint 'GET /ok' --users 1 --duration 100ms -o "$dir/no/such/results.json"
check "an unwritable place for the results exits 1" exited 1
check "and says which" says "cannot write $dir/no/such/results.json"
load --url "$url" --endpoint 'GET /ok' --users 1 --duration 100ms --run "$dir/none.run.db" "${quick[@]}"
check "a run that is not there exits 1" exited 1
POOLPROBE_RUN=$dir/none.run.db load --url "$url" --endpoint 'GET /ok' --users 1 --duration 100ms "${quick[@]}"
check "POOLPROBE_RUN is used" says "none.run.db"
(ulimit -n 100 && "$poolload" --url "$url" --endpoint 'GET /ok' --users 200 --duration 100ms "${quick[@]}") \
    >"$dir/out" 2>"$dir/err"
status=$?
check "too few open files exits 1" exited 1
check "and says how to get more" says "ulimit -n"
take_log
check "no request was sent by those" [ "$(jq length "$dir/log.json")" = 0 ]

# --- usage
usage() { # what stderr must say, arguments...
    local text=$1
    shift
    load "$@"
    exited 2 && one_line && says "$text"
}
check "--rate and --users together" usage "exclude each other" --url "$url" --endpoint 'GET /' --rate 10 --users 1
check "--url is needed" usage "--url is missing" --endpoint 'GET /' --users 1
check "--endpoint is needed" usage "--endpoint is missing" --url "$url" --users 1
check "--users is needed" usage "--users is missing" --url "$url" --endpoint 'GET /'
check "a bad range" usage "10:100:10" --url "$url" --endpoint 'GET /' --users 9:1
check "a bad method" usage "FETCH" --url "$url" --endpoint 'FETCH /' --users 1
check "too few weights" usage "--weights" --url "$url" --endpoint 'GET /' --endpoint 'GET /a' --weights 1 --users 1
check "an unknown option" usage "did you mean --users?" --url "$url" --user 1
load --help
check "--help exits 0 within 80 columns" awk 'length($0) > 80 { exit 1 } END { exit NR < 10 }' "$dir/out"
check "--help fits a screen" [ "$(wc -l <"$dir/out")" -le 40 ]
sed -n 's/^OPT([a-z0-9_]*, OPT_[A-Z]*, [^,]*, "\([^"]*\)".*/\1/p' "$(dirname "$0")/../../loadgen/options.def" >"$dir/options"
all_shown() { local o; while read -r o; do grep -q -e "--$o\b" "$dir/out" || { echo "no --$o"; return 1; }; done <"$dir/options"; }
check "--help shows every option" all_shown
check "there are options to show" [ "$(wc -l <"$dir/options")" -gt 20 ]

exit $failed
