#!/usr/bin/env bash
# summary: where the recorder stands, by TCP handshakes over slow wires between network namespaces: at the client, at the server, between
set -u
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh" "$1"
here=$root/tests/e2e
if [ "$(id -u)" -ne 0 ] || [ ! -c /dev/net/tun ] || ! command -v ip >/dev/null || ! ip netns add "ppv-$$" 2>/dev/null; then
  echo "# skipped: takes root, ip and /dev/net/tun"
  exit 0
fi
ip netns del "ppv-$$"
client=ppc-$$ router=ppr-$$ server=pps-$$
clean() {
  local p n
  for p in "${wires[@]}"; do kill "$p" 2>/dev/null; done
  ip netns exec "$server" "$root/tools/mysql-server.sh" stop --dir "$work/mysql" >/dev/null 2>&1
  finish
  for n in "$client" "$router" "$server"; do ip netns del "$n" 2>/dev/null; done
}
wires=()
trap clean EXIT
for n in "$client" "$router" "$server"; do
  ip netns add "$n"
  ip -n "$n" link set lo up
done

# wires MS MS: client - router and router - server, each that slow each way
wires() {
  python3 "$here/slow_wire.py" "$1" "$client" c0 "$router" c1 >"$work/wire1" &
  wires=($!)
  python3 "$here/slow_wire.py" "$2" "$router" s1 "$server" s0 >"$work/wire2" &
  wires+=($!)
  wait_for "$work/wire1" ready "${wires[0]}" && wait_for "$work/wire2" ready "${wires[1]}" || return 1
  up "$client" c0 10.71.1.2 && up "$router" c1 10.71.1.1 && up "$router" s1 10.71.2.1 && up "$server" s0 10.71.2.2 || return 1
  ip -n "$client" route add default via 10.71.1.1 && ip -n "$server" route add default via 10.71.2.1
}
up() { ip -n "$1" addr add "$3/24" dev "$2" && ip -n "$1" link set "$2" up; }

# records NAME NETNS DEVICE: in the background, until it has seen the end of five connections
records() {
  ip netns exec "$2" "$bin/poolprobe" record -i "$3" --mysql-port 3306 -o "$work/$1.run.db" -- \
    bash -c 'touch "$0.open"; until [ -e "$0.end" ]; do sleep 0.05; done; sleep 0.3' "$work/$1" >"$work/$1.log" 2>&1 &
  recorders+=($!)
}
look() { # NAME: five connections, seen from all three places at once
  local p
  recorders=()
  records "$1-client" "$client" c0
  records "$1-server" "$server" s0
  records "$1-router" "$router" c1
  for p in client server router; do
    for _ in $(seq 200); do [ -e "$work/$1-$p.open" ] && break; sleep 0.05; done
  done
  printf 'open a\nopen b\nopen c\nopen d\nopen e\nrepeat 3 a SELECT 1\n' |
    ip netns exec "$client" env MYSQL_PWD=benchmark_pass "$bin/sqlplay" 10.71.2.2 3306 /none benchmark_user >"$work/$1.client" || return 1
  touch "$work/$1-client.end" "$work/$1-server.end" "$work/$1-router.end"
  for p in "${recorders[@]}"; do wait "$p" || return 1; done
}
place() { # NAME PLACE
  "$bin/poolprobe" report "$work/$1.run.db" --format json -o "$work/$1.json"
  jq -c '.pools[0].vantage' "$work/$1.json"
  jq -e --arg p "$2" '.pools[0].vantage.place == $p' "$work/$1.json"
}

ip netns exec "$server" "$root/tools/mysql-server.sh" start --dir "$work/mysql" 2>"$work/mysql-start.log" || exit 1
# shellcheck disable=SC1091
. "$work/mysql/env"
ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1
echo "$MYSQL_PORT" >"$work/target"
ip netns exec "$server" python3 "$here/forward.py" "$work/target" "$work/forward.port" 0.0.0.0 3306 &
pids+=($!)
check "the server can be reached" wait_for "$work/forward.port" 3306 "${pids[0]}"

check "slow wires" wires 20 20
check "recorded at three places at once" look both
check "… at the client" place both-client client
check "… at the server" place both-server server
check "… between" place both-router between
[ "$failures" -eq 0 ]
