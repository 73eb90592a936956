#!/usr/bin/env bash
# summary: reftarget on a real server: every route, the truth log's consistency, both dial modes, threads and event loop, recycling, lost wake-ups, trouble on demand, failures, clean stop
#
# Usage: tests/e2e/reftarget.sh BIN_FOLDER. Needs curl, jq and python3. Prints ok / not ok lines; exit 1 when any is not ok.
set -uo pipefail

bin=${1:?usage: $0 BIN_FOLDER}
root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/reftarget-e2e.XXXXXX")
server=$root/tools/mysql-server.sh
failed=0 passed=0 target=0 base=
export MYSQL_PWD=benchmark_pass

cleanup() {
    ((target == 0)) || { kill "$target" && wait "$target"; } 2>/dev/null
    "$server" stop --dir "$dir/mysql" 2>/dev/null
    "$server" stop --dir "$dir/small" 2>/dev/null
    rm -rf "$dir"
}
trap cleanup EXIT

# check NAME COMMAND...: one test.
check() {
    local name=$1
    shift
    if "$@" >"$dir/out" 2>&1; then
        passed=$((passed + 1))
        echo "ok - $name"
    else
        failed=$((failed + 1))
        echo "not ok - $name"
        sed 's/^/# /' "$dir/out" | tail -n 5
    fi
}

# start NAME OPTION...: starts a reftarget on a free port; truth in $dir/NAME.truth; sets target and base.
start() {
    local name=$1
    shift
    truth=$dir/$name.truth log=$dir/$name.log
    "$bin/reftarget" --port 0 --mysql "$uri" --truth "$truth" "$@" 2>"$log" &
    target=$!
    until grep -q 'ready on' "$log"; do
        kill -0 "$target" 2>/dev/null || return 1
        sleep 0.05
    done
    base=$(sed -n 's|.*ready on \(http://[^,]*\),.*|\1|p' "$log")
}

# stop: the exit status of reftarget after SIGTERM.
stop() {
    local pid=$target
    target=0
    kill -TERM "$pid"
    wait "$pid"
}

# load N METHOD PATH: N requests at a time; prints their statuses, counted.
load() {
    local i pids=()
    for ((i = 0; i < $1; i++)); do
        curl -s -o /dev/null -w '%{http_code}\n' -X "$2" "$base$3" &
        pids+=($!)
    done >"$dir/load"
    wait "${pids[@]}"
    sort "$dir/load" | uniq -c | tr -s ' ' | sed 's/^ //'
}

status_is() { [[ $(curl -s -o "$dir/body" -w '%{http_code}' -X "$2" "$base$3") = "$1" ]] || { cat "$dir/body" && false; }; }
body_has() { jq -e "$1" "$dir/body"; }
truth_has() { jq -se "$1" "$truth"; }
fails_with() { # STATUS TEXT COMMAND...: one line on standard error that holds TEXT
    local want=$1 text=$2 rc=0
    shift 2
    "$@" >"$dir/cmd.out" 2>"$dir/cmd.err" || rc=$?
    cat "$dir/cmd.err"
    [[ $rc -eq $want && $(wc -l <"$dir/cmd.err") -eq 1 && $(cat "$dir/cmd.err") = *"$text"* ]]
}

consistent() { python3 "$root/tests/e2e/check_truth.py" "$truth"; }

"$server" start --dir "$dir/mysql" --conf relaxed || {
    echo "not ok - a MySQL server starts"
    exit 1
}
# shellcheck disable=SC1091
. "$dir/mysql/env"
echo "# $MYSQL_FLAVOUR $MYSQL_VERSION on port $MYSQL_PORT"
uri=mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget

check "without tables it says --setup" fails_with 1 "start once with --setup" \
    "$bin/reftarget" --port 0 --mysql "$uri"
check "--setup-only ends by itself" "$bin/reftarget" --setup-only --mysql "$uri"
check "then it starts without --setup" start again --pool-min 1 --pool-max 1
check "and stops" stop
check "it starts and sets up" start text --setup --pool-min 2 --pool-max 3
check "GET /health" status_is 200 GET /health
check "health shows the pool" body_has '.pool.open == 2'
check "POST /io-intensive" status_is 200 POST /io-intensive
check "it leaves the users as they were" body_has '.users == 1000'
check "GET /users" status_is 200 GET /users
check "100 users" body_has '.users | length == 100 and .[0].username == "seed_0001" and .[0].id == 1'
check "GET /products" status_is 200 GET /products
check "products in stock" body_has '.products | length == 100 and (map(.stock > 0) | all)'
check "GET /orders" status_is 200 GET /orders
check "orders with their items" body_has '.orders | length == 100 and (map(.total > 0 and .items >= 1) | all)'
check "unknown path is 404" status_is 404 GET '/nothing%22%0a'
check "wrong method is 405" status_is 405 GET /io-intensive
check "POST /reset" status_is 200 POST /reset
check "12 at a time on 3 connections" test "$(load 12 POST /io-intensive)" = "12 200"
check "port taken: one clear line" fails_with 1 "port ${base##*:} on 127.0.0.1 is taken" \
    "$bin/reftarget" --port "${base##*:}" --mysql "$uri"
check "clean stop" stop
check "truth: consistent" consistent
check "truth: 88 commands, 16 acquisitions, 8 commits" truth_has '
    [.[] | select(.route == "/io-intensive" and .status == 200)
     | (.commands | length == 88), (.acquires | length == 16), (.transactions | length == 8),
       ([.transactions[].outcome] | unique == ["commit"]), ([.commands[].ok] | all)] | length == 65 and all'
check "truth: exhausted waits at 12 on 3" truth_has '
    [.[] | select(.type == "request") | .acquires[] | select(.cause == "exhausted")] | length > 100'
check "truth: at most 3 connections" truth_has '[.[] | select(.type == "dial" and .purpose == "pool")] | length == 3'
check "truth: hostile path survives" truth_has '[.[] | select(.status == 404)] | .[0].route == "/nothing\"\n"'

check "prepared: starts" start prepared --pool-min 2 --pool-max 2 --prepared --reuse lifo
for path in users products orders; do check "prepared: GET /$path" status_is 200 GET /$path; done
check "prepared: the same orders" body_has '.orders | length == 100 and .[0].id == 500 and .[0].total > 0'
check "prepared: POST /io-intensive" status_is 200 POST /io-intensive
check "prepared: its count" body_has '.users == 1000'
check "prepared: lifo takes one connection only" test "$(for i in 1 2 3; do curl -s -o /dev/null "$base/users"; done)" = ""
check "prepared: clean stop" stop
check "prepared: consistent" consistent
check "prepared: one prepare a connection and text" truth_has '
    [.[] | select(.type == "request") | .acquires as $a | .commands[] | select(.kind == "prepare")
     | [$a[.acquire].thread_id, .text]] | length > 0 and length == (unique | length)'
check "prepared: 16 executes in /io-intensive" truth_has '
    [.[] | select(.route == "/io-intensive") | .commands[] | select(.kind == "execute")] | length == 16'
check "prepared: lifo used one thread" truth_has '
    [.[] | select(.type == "request") | .acquires[].thread_id] | unique | length == 1'

check "serial: starts" start serial --pool-min 0 --pool-max 8 --dial serial --cpu-work 200
check "serial: 12 at a time" test "$(load 12 POST /io-intensive)" = "12 200"
check "serial: clean stop" stop
check "serial: consistent" consistent
check "serial: dials do not overlap" truth_has '
    [.[] | select(.type == "dial" and .purpose == "pool")] | sort_by(.start_ns)
    | [., .[1:]] | transpose | map(select(.[1] != null) | .[1].start_ns >= .[0].end_ns) | all'
check "serial: somebody was blocked by a dial" truth_has '
    [.[] | select(.type == "request") | .acquires[].blocked_by_dial_ns] | add > 0'

check "time-out: starts" start timeout --pool-min 1 --pool-max 1 --pool-timeout 1us
load 8 POST /io-intensive >/dev/null
check "time-out: clean stop" stop
check "time-out: consistent" consistent
check "time-out: 503 with the reason" truth_has '
    [.[] | select(.status == 503)] | length > 0 and (map((.error | test("in time")) and (.acquires[-1].ok | not)) | all)'

check "loop: starts" start loop --mode loop --pool-min 1 --pool-max 4 --dial serial --traceparent comment --think 1ms
check "loop: 12 at a time on one thread" test "$(load 12 POST /io-intensive)" = "12 200"
for path in users orders-n1 slow dashboard; do check "loop: GET /$path" status_is 200 GET /$path; done
for path in held-transaction hot-row reset; do check "loop: POST /$path" status_is 200 POST /$path; done
check "loop: 404" status_is 404 GET /none
check "loop: a body is read and dropped" test \
    "$(head -c 300000 /dev/zero | curl -s -o /dev/null -w '%{http_code}' --data-binary @- "$base/hot-row")" = 200
parent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
check "loop: a request with a trace context" test \
    "$(curl -s -o /dev/null -w '%{http_code}' -H "traceparent: $parent" "$base/dashboard")" = 200
# On the wire: requests go on until the capture that has just started shows one.
comment_on_wire() {
    local i dump
    "$bin/poolprobe" dump -i lo --mysql-port "$MYSQL_PORT" >"$dir/dump" 2>/dev/null &
    dump=$!
    for ((i = 0; i < 100; i++)); do
        curl -s -o /dev/null -H "traceparent: $parent" "$base/users"
        grep -q "LIMIT 100 /\*traceparent='$parent'\*/\"" "$dir/dump" && break
        sleep 0.05
    done
    kill -INT "$dump"
    wait "$dump"
    ((i < 100))
}
check "loop: its statements carry it as a comment" comment_on_wire
check "loop: clean stop" stop
check "loop: consistent" consistent
check "loop: the trace context is in the truth" truth_has "[.[] | select(.route == \"/dashboard\" and .traceparent == \"$parent\")] | length == 1"
check "loop: /dashboard used four branches" truth_has '
    [.[] | select(.route == "/dashboard") | [.acquires[].branch] == [1, 2, 3, 4]] | length == 2 and all'
check "loop: N+1 is 21 commands, the held transaction thinks" truth_has '
    ([.[] | select(.route == "/orders-n1") | .commands | length] == [21])
    and ([.[] | select(.route == "/held-transaction") | (.transactions[0].end_ns - .transactions[0].start_ns) >= 900000] | all)'

check "loop: time-out: starts" start looptimeout --mode loop --pool-min 1 --pool-max 1 --pool-timeout 1us
load 8 POST /io-intensive >/dev/null
check "loop: time-out: clean stop" stop
check "loop: time-out: consistent" consistent
check "loop: time-out: 503" truth_has '[.[] | select(.status == 503)] | length > 0'

for mode in threads loop; do
    check "recycling, $mode: starts" start "recycle-$mode" --mode "$mode" --pool-min 1 --pool-max 4 --recycle 20ms \
        --idle-timeout 1ms --lose-wakeup 30 --wakeup-timer 5ms
    check "recycling, $mode: 12 at a time" test "$(load 12 POST /io-intensive)" = "12 200"
    check "recycling, $mode: parts at a time" status_is 200 GET /dashboard
    check "recycling, $mode: clean stop" stop
    check "recycling, $mode: consistent" consistent
    check "recycling, $mode: old ones were replaced, wake-ups lost" truth_has '
        ([.[] | select(.type == "close") | .why] | index("old") != null)
        and ([.[] | select(.type == "request") | .acquires[].lost_wakeup_ns] | add > 0)'
    check "recycling, $mode: never more than four open" truth_has '
        [.[] | select(.type == "dial" and .purpose == "pool") | {at: .end_ns, n: 1}]
        + [.[] | select(.type == "close") | {at: .at_ns, n: -1}] | sort_by(.at)
        | reduce .[] as $e ({open: 0, most: 0}; .open += $e.n | .most = ([.most, .open] | max)) | .most <= 4 and .open == 0'
done

check "wrong password: one clear line" fails_with 1 "Access denied" \
    env MYSQL_PWD=wrong "$bin/reftarget" --port 0 --mysql "$uri"
check "no server: one clear line" fails_with 1 "cannot connect to MySQL at 127.0.0.1:1 " \
    "$bin/reftarget" --port 0 --mysql mysql://benchmark_user@127.0.0.1:1/benchmark_reftarget
check "password in the URI: exit 2" fails_with 2 "MYSQL_PWD" \
    "$bin/reftarget" --port 0 --mysql mysql://benchmark_user:x@127.0.0.1:1/d
check "bad option: exit 2" fails_with 2 "--dial" "$bin/reftarget" --dial both
check "bad way of a traceparent: exit 2" fails_with 2 "--traceparent" "$bin/reftarget" --traceparent header
check "bad mode: exit 2" fails_with 2 "--mode" "$bin/reftarget" --mode fibers
check "bad share of lost wake-ups: exit 2" fails_with 2 "--lose-wakeup" "$bin/reftarget" --lose-wakeup 101
check "truth log that cannot be written" fails_with 1 "cannot write the truth log" \
    "$bin/reftarget" --port 0 --mysql "$uri" --truth "$dir/none/truth"

printf '[mysqld]\nmax-connections = 10\n' >"$dir/small.cnf"
check "a server with 10 connections starts" "$server" start --dir "$dir/small" --conf relaxed --conf "$dir/small.cnf"
. "$dir/small/env"
uri=mysql://benchmark_user@127.0.0.1:$MYSQL_PORT/benchmark_reftarget
check "1040: starts" start refused --setup --pool-min 8 --pool-max 40
load 40 POST /io-intensive >/dev/null
check "1040: works on afterwards" status_is 200 GET /users
check "1040: clean stop" stop
check "1040: consistent" consistent
check "1040: 503 and the dial's error are in the truth" truth_has '
    ([.[] | select(.type == "dial" and (.ok | not)) | .errno] | unique == [1040])
    and ([.[] | select(.status == 503)] | length > 0 and (map(.error | test("1040")) | all))'
check "1040: too large a minimum says so" fails_with 1 "(1040)" "$bin/reftarget" --port 0 --mysql "$uri" --pool-min 40

check "the server dies: starts" start dying --pool-min 2 --pool-max 4
kill -KILL "$MYSQL_PID"
while kill -0 "$MYSQL_PID" 2>/dev/null; do sleep 0.05; done
check "the server dies: 500 for a broken connection" status_is 500 POST /io-intensive
check "the server dies: the pool lets it go" test "$(load 4 GET /users | grep -c ' 200')" = 0
check "the server dies: clean stop" stop
check "the server dies: consistent" consistent

echo "$passed passed, $failed failed"
((failed == 0))
