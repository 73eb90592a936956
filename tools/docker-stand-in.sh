#!/usr/bin/env bash
# summary: base images under their usual names for a machine without an image registry (podman), then the project's images
# Usage: tools/docker-stand-in.sh [base|mysql|images|all]. Needs root, podman, mmdebstrap, Debian's and the Python packages.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-all}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
podman=(podman --runtime runc)

# The machine's pip settings and certificates hold in the build too.
pip_config() {
  printf '[global]\ndisable-pip-version-check = true\ntimeout = 60\n' >"$work/pip.conf"
  local index
  index=$(python3 -m pip config get global.index-url 2>/dev/null || true)
  [ -z "$index" ] || echo "index-url = $index" >>"$work/pip.conf"
  echo "cert = /etc/ssl/certs/ca-certificates.crt" >>"$work/pip.conf"
}

build() { # TAG DOCKERFILE CONTEXT
  echo "building $1" >&2
  "${podman[@]}" build --quiet --network host --ulimit nofile=20000:20000 --ulimit nproc=20000:20000 \
    --volume "$work/pip.conf:/etc/pip.conf:ro" \
    --volume /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro -t "$1" -f "$2" "$3" >"$work/build.log" 2>&1 ||
    { tail -n 30 "$work/build.log" >&2; exit 1; }
}

base_images() {
  mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$work/debian.tar"
  podman import --quiet "$work/debian.tar" debian:bookworm-slim >/dev/null
  rm "$work/debian.tar"
  build python:3.11-slim-bookworm docker/stand-in/python.Dockerfile docker/stand-in
}

mysql_image() {
  tools/mysql-server.sh install >&2
  mkdir "$work/mysql"
  cp -a --reflink=auto build/mysql-lts/root "$work/mysql/root"
  cp docker/stand-in/entrypoint.sh "$work/mysql/"
  build mysql:8.4 docker/stand-in/mysql.Dockerfile "$work/mysql"
}

project_images() {
  local app
  for app in fastapi django probe; do
    build "poolprobe/$app" "docker/$app/Dockerfile" .
  done
}

pip_config
case $what in
  base) base_images ;;
  images) project_images ;;
  mysql) mysql_image ;;
  all)
    base_images
    mysql_image
    project_images
    ;;
  *) echo "usage: tools/docker-stand-in.sh [base|mysql|images|all]" >&2; exit 2 ;;
esac
podman images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep -E 'debian|python|mysql|poolprobe'
