#!/usr/bin/env bash
# summary: runs a command with podman behind docker-compose: its API service, limits that this machine grants, health checks
# Usage: tools/docker-podman.sh COMMAND ARG...   For machines without Docker's engine; wants root, podman, netavark,
# aardvark-dns, runc, docker-compose. Images come from tools/docker-stand-in.sh or a registry.
set -euo pipefail
work=$(mktemp -d)
files=$(ulimit -Hn)
[ "$files" -le 20000 ] 2>/dev/null || files=20000
# podman's own defaults may be above what this process may grant.
cat >"$work/containers.conf" <<TEXT
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=20000:20000"]
[network]
network_backend = "netavark"
[engine]
runtime = "runc"
# Images of this machine are found under their short names.
compat_api_enforce_docker_hub = false
TEXT
export CONTAINERS_CONF=$work/containers.conf DOCKER_HOST=unix://$work/podman.sock
podman system service --time=0 "$DOCKER_HOST" >"$work/service.log" 2>&1 &
service=$!
# Without systemd podman has nobody to run its containers' health checks.
(
  while :; do
    for c in $(podman ps -q 2>/dev/null); do podman healthcheck run "$c" >/dev/null 2>&1 || true; done
    sleep 1
  done
) &
health=$!
trap 'kill $health $service 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
for _ in $(seq 100); do
  [ -S "$work/podman.sock" ] && break
  sleep 0.1
done
"$@"
