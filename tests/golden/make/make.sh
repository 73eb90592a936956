#!/usr/bin/env bash
# summary: makes the golden captures again: private servers, real clients, tcpdump; each is verified against its clients
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/golden/make/make.sh [--bin DIR] [--check|--update] [NAME...]

Makes the captures of captures.list (all, or those named) below tests/golden/captures, and for each the clients' own
account of what they sent (make/truth). Where `poolprobe dump` agrees with that account, the expected output is written;
where it does not, the differences are printed and the exit status is 1. Needs root (tcpdump) and a Debian machine.

  --bin DIR   where poolprobe lies (default build/release/bin)
  --check     make nothing: compare the dumps of the captures that are there with the clients' accounts
  --update    as --check, and where they agree write the expected output
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
golden=$(dirname "$here")
root=$(cd "$golden/../.." && pwd)
work=$root/build/golden-make
bin=$root/build/release/bin check=no update=yes names=()
declare -A port=([mysql]=23306 [mariadb]=23307) port6=([mysql]=23316 [mariadb]=23317)

say() { printf 'make: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

while (($#)); do
    case $1 in
    --help | -h)
        usage
        exit 0
        ;;
    --bin)
        bin=$(readlink -f "${2:?--bin needs a value}")
        shift
        ;;
    --check) check=yes update=no ;;
    --update) check=yes update=yes ;;
    -*)
        usage >&2
        exit 2
        ;;
    *) names+=("$1") ;;
    esac
    shift
done
[[ -x $bin/poolprobe ]] || die "no poolprobe in $bin; build it or give --bin"

# shellcheck source=prepare.sh
. "$here/prepare.sh"

# run_client CLIENT FLAVOUR SCENARIO TRUTH: the client's program with its operands.
run_client() {
    local client=$1 flavour=$2 scenario=$3 truth=$4 host=127.0.0.1 to=${port[$2]} operand=()
    case $scenario in
    infile) operand=("$work/load.csv") ;;
    kill | pool) operand=("$work/$flavour/mysql.sock") ;;
    esac
    if [[ $client = c6 ]]; then host=::1 to=${port6[$flavour]} client=c; fi
    case $client in
    c) "${c_client[@]/@FLAVOUR@/$flavour}" "$scenario" "$host" "$to" "$truth" "${operand[@]}" ;;
    pymysql) "$work/venv/bin/python" "$here/client_pymysql.py" "$scenario" "$host" "$to" "$truth" "${operand[@]}" ;;
    node) NODE_MODULES=$work/node node "$here/client_node.js" "$scenario" "$host" "$to" "$truth" ;;
    raw) "$work/venv/bin/python" "$here/client_raw.py" "$scenario" "$host" "$to" "$truth" "$flavour" ;;
    esac
}

# capture PCAP PORT OPTIONS... -- COMMAND...: runs COMMAND under tcpdump.
capture() {
    local pcap=$1 at=$2 options=() pid tries log=$work/tcpdump.log rc=0
    shift 2
    while [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    : >"$log"
    tcpdump -Z root -i lo -p -n -U --immediate-mode -B 32768 -s 262144 --time-stamp-precision=nano "${options[@]}" \
        -w "$pcap" "tcp port $at" 2>"$log" &
    pid=$!
    for ((tries = 0; tries < 200; tries++)); do
        grep -q 'listening on' "$log" && break
        sleep 0.05
    done
    "$@" || rc=$?
    sleep 0.3 # the last segments
    kill -INT "$pid"
    wait "$pid" || true
    grep -q '^0 packets dropped by kernel' "$log" || die "tcpdump lost packets: $(tr '\n' ' ' <"$log")"
    return "$rc"
}

# verify NAME PORT: dumps the capture; the expected output only where the clients agree.
verify() {
    local name=$1 at=$2 loss=() rc=0
    if [[ $name = *lossy* ]]; then loss=(--loss); fi
    "$bin/poolprobe" dump -r "$golden/captures/$name.pcap" --mysql-port "$at" >"$work/$name.jsonl" 2>"$work/dump.log" || rc=$?
    ((rc == 0 || rc == 3)) || die "dump of $name ended with $rc: $(cat "$work/dump.log")"
    python3 "$here/verify.py" --port "$at" "${loss[@]}" "$golden/captures/$name.pcap" "$work/$name.jsonl" \
        "$here/truth/$name.jsonl" || return 1
    [[ $update = yes ]] || return 0
    mv "$work/$name.jsonl" "$golden/expected/$name.jsonl"
    grep -q "^$name " "$golden/TESTLIST" ||
        printf '%-60s captures/%s.pcap --mysql-port %s\n' "$name" "$name" "$at" >>"$golden/TESTLIST"
}

# make_one NAME SERVER CLIENT SCENARIO OPTIONS...; or NAME from SOURCE EDITS...
make_one() {
    local name=$1 server=$2 pcap=$golden/captures/$1.pcap truth=$here/truth/$1.jsonl
    if [[ $server = from ]]; then
        "$here/pcapcut.py" "$golden/captures/$3.pcap" "$pcap" "${@:4}"
        cp "$here/truth/$3.jsonl" "$truth"
        return
    fi
    if [[ $prepared = no ]]; then
        prepare_all
        prepared=yes
    fi
    prepare_schema "$server"
    capture "$pcap" "$(port_of "$@")" "${@:5}" -- run_client "$3" "$server" "$4" "$truth" ||
        die "the client of $name failed"
    python3 "$here/addresses.py" "$pcap" "$(port_of "$@")" "$truth"
}

# port_of NAME SERVER CLIENT...
port_of() {
    local server=$2 client=$3
    if [[ $server = from ]]; then
        server=${client%%-*} client=$client
        [[ $client = *-c6-* ]] && client=c6
    fi
    if [[ $client = c6 ]]; then echo "${port6[$server]}"; else echo "${port[$server]}"; fi
}

wanted() {
    local name
    ((${#names[@]} > 0)) || return 0
    for name in "${names[@]}"; do [[ $name = "$1" ]] && return 0; done
    return 1
}

mkdir -p "$work" "$here/truth" "$golden/captures" "$golden/expected"
prepared=no failed=0
while read -r -a fields <&4; do
    [[ ${#fields[@]} -gt 0 && ${fields[0]} != \#* ]] && wanted "${fields[0]}" || continue
    if [[ $check = no ]]; then make_one "${fields[@]}"; fi
    verify "${fields[0]}" "$(port_of "${fields[@]}")" || failed=$((failed + 1))
done 4<"$here/captures.list"
((failed == 0)) || die "$failed captures differ from what their clients say"
