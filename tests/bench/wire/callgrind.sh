#!/usr/bin/env bash
# summary: regression check: instructions a packet of the hottest paths, by callgrind, against callgrind-baseline.txt
set -euo pipefail

usage() {
    cat <<'TEXT'
Usage: tests/bench/wire/callgrind.sh BIN [--update]

Runs poolprobe of the folder BIN on small synthetic captures under callgrind and fails when a path takes more instructions
a packet than the committed baseline plus its margin (10 %: a minor release of the compiler or of libc moves counts by a few
hundredths). Only the difference of a long and a short capture counts, so start-up does not. The baseline holds for one major
release of one compiler on one architecture; exit 77 (skipped) for a program made by another one, or without valgrind.
--update writes the baseline: after a change that is meant to cost what it costs, or for a new compiler.
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
baseline=$here/callgrind-baseline.txt
bin=${1:-}
[[ $bin && $bin != --help && $bin != -h ]] || {
    usage
    exit 0
}
command -v valgrind >/dev/null || {
    echo "callgrind.sh: valgrind is missing: skipped" >&2
    exit 77
}
# "GCC 12 x86_64", from what the compiler left in the program.
made_by=$(readelf -p .comment "$bin/poolprobe" | sed -n 's/.*GCC: (.*) \([0-9]*\)\..*/GCC \1/p; s/.*clang version \([0-9]*\).*/clang \1/p' | tail -1)
made_by="${made_by:-unknown} $(uname -m)"
if [[ ${2:-} != --update ]] && ! grep -qx "# made by $made_by" "$baseline"; then
    echo "callgrind.sh: poolprobe was made by $made_by, the baseline by$(sed -n 's/# made by//p' "$baseline"): skipped" >&2
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Hashes are seeded by chance: counts differ by less than a hundredth from run to run.
short=4000 long=24000 margin=10

instructions() { # CAPTURE OPTION…
    rm -f "$work"/run.db* # to replace a run takes instructions too
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bin/poolprobe" record -r "$@" -o "$work/run.db" 2>&1 >/dev/null |
        sed -n 's/.*Collected : *//p'
}

a_packet() { # KIND OPTION…
    local kind=$1 few many
    shift
    "$bin/bench_wire_gen" "$kind" 16 "$short" >"$work/short.pcap"
    "$bin/bench_wire_gen" "$kind" 16 "$long" >"$work/long.pcap"
    few=$(instructions "$work/short.pcap" "$@")
    many=$(instructions "$work/long.pcap" "$@")
    echo $(((many - few) / (long - short)))
}

declare -A now=(
    [text_aggregated]=$(a_packet points --no-statements)
    [prepared_aggregated]=$(a_packet prepared --no-statements)
    [text_stored]=$(a_packet points)
)

if [[ ${2:-} = --update ]]; then
    {
        echo "# summary: instructions a packet, written by callgrind.sh --update with a release build"
        echo "# made by $made_by"
        for path in text_aggregated prepared_aggregated text_stored; do echo "$path ${now[$path]}"; done
    } >"$baseline"
    cat "$baseline"
    exit 0
fi

failed=0
while read -r path limit; do
    [[ $path != \#* ]] || continue
    verdict=ok
    ((now[$path] * 100 <= limit * (100 + margin))) || { verdict=WORSE; failed=1; }
    printf '%-22s %5d instructions a packet, baseline %5d: %s\n' "$path" "${now[$path]}" "$limit" "$verdict"
done <"$baseline"
exit "$failed"
