#!/usr/bin/env bash
# summary: all tests with one command on a fresh Debian machine; --quick for unit and golden tests only
set -euo pipefail
cd "$(dirname "$0")"

usage() {
  cat <<'EOF'
Usage: ./run_tests.sh [--quick | --long] [-h]

Installs what is missing (as root), builds, and runs the tests:
  --quick   unit and golden tests of the development build, under 3 minutes
  (none)    also: end-to-end tests on real servers, instructions a packet, everything again under ASan
            and UBSan, threads under TSan, clang, clang-tidy, 60 s of fuzzing
  --long    as above, with ten minutes of fuzzing for each target
EOF
}

mode=full
fuzz_seconds=60
case "${1:-}" in
  "") ;;
  --quick) mode=quick ;;
  --long) fuzz_seconds=600 ;;
  -h | --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

step() { printf '\n== %s (%s s since the start)\n' "$*" "$SECONDS"; }

# Sums up what ctest printed, so that the last line counts every test of every build.
passed=0
failed=0
run_ctest() {
  local build=$1 log
  shift
  log=$(mktemp)
  set +e
  ctest --test-dir "build/$build" --output-on-failure --no-tests=error "$@" | tee "$log"
  local rc=${PIPESTATUS[0]}
  set -e
  local bad all
  bad=$(sed -n 's/.* \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\).*/\1/p' "$log" | tail -1)
  all=$(sed -n 's/.* tests\{0,1\} failed out of \([0-9]*\).*/\1/p' "$log" | tail -1)
  rm -f "$log"
  [ "$rc" -eq 0 ] || [ "${bad:-0}" -gt 0 ] || bad=1
  failed=$((failed + ${bad:-0}))
  passed=$((passed + ${all:-0} - ${bad:-0}))
}

# End-to-end tests drive real servers on a machine whose other tenants take its CPUs away at times. One that failed runs
# a second time, after all others; both outputs stand in the log and the last lines name it, because a test that needs it may
# as well have met a rare fault of the product.
second=()
run_ctest_twice() {
  local build=$1 before=$failed log=build/$1/Testing/Temporary/LastTestsFailed.log first still=
  run_ctest "$@"
  [ "$failed" -gt "$before" ] && [ -s "$log" ] || return 0
  first=$(sed 's/^[0-9]*://' "$log" | sort)
  echo "second try: ${first//$'\n'/, }"
  ctest --test-dir "build/$build" --output-on-failure --no-tests=error --rerun-failed ||
    still=$(sed 's/^[0-9]*://' "$log" | sort)
  mapfile -t -O "${#second[@]}" second < <(comm -23 <(echo "$first") <(echo "$still"))
  still=$(grep -c . <<<"$still" || true)
  passed=$((passed + failed - before - still))
  failed=$((before + still))
}

build() { # PRESET [TARGET…]
  local preset=$1 targets=("${@:2}")
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" --target "${targets[@]:-all}" -- -k 0 | grep -E 'error|warning|FAILED|ninja: build stopped' && return 1
  return 0
}

check() {
  local name=$1
  shift
  if "$@"; then
    echo "ok - $name"
    passed=$((passed + 1))
  else
    echo "not ok - $name"
    failed=$((failed + 1))
  fi
}

finish() {
  [ "${#second[@]}" -eq 0 ] || printf '\nPassed only at the second try: %s\n' "${second[*]}"
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ]
}

step "packages"
tools/install-deps.sh --tests

step "development build"
build dev
step "unit and golden tests"
run_ctest dev -L 'unit|golden|layering' -j2
if [ "$mode" = quick ]; then
  finish
  exit
fi

step "HTML reports in a headless Chromium"
run_ctest dev -L page

step "a MySQL server for the end-to-end tests"
tools/mysql-server.sh install

step "release build: end-to-end tests, instructions a packet"
build release
run_ctest_twice release -L 'e2e|apps|callgrind'

step "ASan and UBSan: unit, golden and end-to-end tests"
build asan
run_ctest asan -L 'unit|golden' -j2
run_ctest_twice asan -L sanitize -j2

step "TSan: the threaded parts"
threaded='unit\.(store|server_live|loadgen|target|capture_live)'
cmake --preset tsan >/dev/null
mapfile -t programs < <(ctest --test-dir build/tsan -N -R "$threaded" | sed -n 's/.*: unit\./test_/p')
build tsan "${programs[@]}"
run_ctest tsan -R "$threaded"

step "clang: warnings and clang-tidy"
check "clang build" build clang
check "clang-format" tools/lint.sh format
check "clang-tidy" tools/lint.sh tidy build/clang

step "fuzzing, $fuzz_seconds s a target"
build fuzz fuzzers
printf '%s\n' build/fuzz/bin/fuzz_* | grep -v '\.' | xargs -P "$(nproc)" -I{} bash -c \
  'tools/fuzz.sh "$1" "$2" >"$1.log" 2>&1; echo $? >"$1.rc"' _ {} "$fuzz_seconds"
fuzzed() { cat "$1.log" && [ "$(cat "$1.rc")" -eq 0 ]; }
for target in $(printf '%s\n' build/fuzz/bin/fuzz_* | grep -v '\.'); do
  check "$(basename "$target")" fuzzed "$target"
done

finish
