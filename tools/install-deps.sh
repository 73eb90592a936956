#!/usr/bin/env bash
# summary: installs the distribution's packages that building (and, with --tests, testing) needs; does nothing when all are there
set -euo pipefail

build_packages=(cmake ninja-build gcc python3 libc6-dev pkg-config ca-certificates
  libpcap-dev libcap-ng-dev libmariadb-dev libcurl4-openssl-dev libcjson-dev libsqlite3-dev
  libxxhash-dev zlib1g-dev libzstd-dev uthash-dev libmicrohttpd-dev libhtp-dev libgsl-dev libcmocka-dev libncurses-dev
  mmdebstrap procps util-linux)
# The Python applications of the benchmark; one of their packages is compiled.
build_packages+=(python3-venv python3-dev)
test_packages=(clang clang-format clang-tidy curl jq chromium python3-jsonschema sqlite3 tcpdump iproute2 valgrind binutils tmux man-db groff openssl libcap2-bin)

# Fetches the chart library of the HTML reports; without it they are built with tables only.
chart_packages=(npm)

missing=()
want() {
  local p
  for p in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
  done
}

install_missing() {
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    echo "install-deps: missing packages: ${missing[*]}; install them as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "installing: ${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2 || return 1
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || return 1
  missing=()
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install-deps: this is not a Debian system; install the libraries of README.md, section \"What it needs\"" >&2
  exit 0
fi
want "${build_packages[@]}"
[ "${1:-}" != --tests ] || want "${test_packages[@]}"
needed=("${missing[@]}")
command -v npm >/dev/null || want "${chart_packages[@]}"
# All at once, which is faster; where that fails, without what one can do without.
if ! (install_missing); then
  [ ${#missing[@]} -gt ${#needed[@]} ] || exit 1
  missing=("${needed[@]}")
  install_missing
  echo "install-deps: ${chart_packages[*]} could not be installed: the HTML reports will have tables and no charts" >&2
fi
missing=()
if [ "${1:-}" = --tests ]; then
  # The sanitizer and fuzzer runtimes are packaged by compiler version.
  want "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
  install_missing
fi
