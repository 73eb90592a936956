#!/usr/bin/env python3
# summary: damages the golden captures in many ways and checks that no answer is given to the wrong command
"""losses.py [--bin DIR] [--seeds N] [NAME...]

Each capture loses packets (single ones, bursts, its beginning, the ends of packets by a short snap length), has packets
twice or out of order, or its segments cut into small ones. After a loss, whatever `poolprobe dump` calls complete must be
a command of the client with the facts that the client knows (verify.py --loss). Where nothing is lost (cut, twice), the
lines must be those of the whole capture but for their times. Prints how much of what could be known was kept."""
import argparse
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import verify

GOLDEN = pathlib.Path(__file__).resolve().parents[1]
SLACK_NS = {"disorder": 20_000_000}  # a packet that changed places has its neighbour's time
TIMES = ("sent_ns", "first_ns", "last_ns")


def read(path):
    data = path.read_bytes()
    at, out = 24, []
    while at + 16 <= len(data):
        caught = struct.unpack("<I", data[at + 8 : at + 12])[0]
        out.append(data[at : at + 16 + caught])
        at += 16 + caught
    return data[:24], out


def single(rng, packets):
    return [p for p in packets if rng.random() > 0.03]


def burst(rng, packets):
    at = rng.randrange(len(packets))
    return packets[:at] + packets[at + rng.randint(2, 12) :]


def late(rng, packets):
    return packets[rng.randrange(len(packets)) :]


def short(rng, packets):
    keep = rng.choice((68, 80, 96, 128, 256, 1500))
    return [p[:8] + struct.pack("<I", min(keep, len(p) - 16)) + p[12 : 16 + keep] for p in packets]


def twice(rng, packets):
    return [q for p in packets for q in ([p, p] if rng.random() < 0.2 else [p])]


def time_of(packet):
    seconds, nanos = struct.unpack("<II", packet[:8])
    return seconds * 10**9 + nanos


def disorder(rng, packets):
    out = list(packets)
    for i in range(len(out) - 1):
        if rng.random() < 0.05 and time_of(out[i + 1]) - time_of(out[i]) < SLACK_NS["disorder"]:
            out[i], out[i + 1] = out[i][:8] + out[i + 1][8:], out[i + 1][:8] + out[i][8:]
    return out


DAMAGES = {"single": single, "burst": burst, "late": late, "short": short, "twice": twice, "disorder": disorder}
HARMLESS = {"twice"}


def dump(binary, path, port):
    done = subprocess.run([binary, "dump", "-r", path, "--mysql-port", str(port)], capture_output=True, timeout=60)
    if done.returncode not in (0, 3):
        sys.exit(f"losses: dump ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def compare(whole, now):
    a, b = ([{k: v for k, v in x.items() if k not in TIMES} for x in lines] for lines in (whole, now))
    return [] if a == b else [f"lines differ: {next((x for x, y in zip(a, b) if x != y), 'their number')}"]


def check(truth, lines, slack_ns):
    diff = verify.Differences()
    for client, now in verify.by_client(lines).items():
        verify.check_lossy(client, truth.get(client, []), now, diff, slack_ns)
    return diff.lines


def captures():
    for line in (GOLDEN / "TESTLIST").read_text().splitlines():
        fields = line.split()
        if len(fields) == 4 and fields[2] == "--mysql-port" and "lossy" not in fields[0]:
            if (GOLDEN / "make" / "truth" / f"{fields[0]}.jsonl").exists():
                yield fields[0], GOLDEN / fields[1], int(fields[3])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=pathlib.Path, default=GOLDEN.parents[1] / "build/release/bin")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the captures that fail")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    binary, failed, runs = args.bin / "poolprobe", 0, 0
    kept = {kind: [0, 0] for kind in DAMAGES}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "damaged.pcap"
        for name, capture, port in captures():
            if args.names and name not in args.names:
                continue
            head, packets = read(capture)
            text = (GOLDEN / "make" / "truth" / f"{name}.jsonl").read_text()
            truth = verify.by_client(json.loads(line) for line in text.splitlines())
            whole = dump(binary, capture, port)
            for kind, damage in DAMAGES.items():
                for seed in range(args.seeds):
                    path.write_bytes(head + b"".join(damage(random.Random(f"{name} {kind} {seed}"), packets)))
                    lines = dump(binary, path, port)
                    wrong = compare(whole, lines) if kind in HARMLESS else check(truth, lines, SLACK_NS.get(kind, 0))
                    runs += 1
                    kept[kind][0] += sum(1 for x in lines if x["complete"])
                    kept[kind][1] += sum(1 for x in whole if x["complete"])
                    if wrong:
                        failed += 1
                        print(f"FAILED {name} {kind} {seed}: {wrong[0]}" + (f" (and {len(wrong) - 1})" if wrong[1:] else ""))
                        if args.keep:
                            args.keep.mkdir(exist_ok=True)
                            path.rename(args.keep / f"{name}-{kind}-{seed}.pcap")
    for kind, (some, all_of_them) in kept.items():
        print(f"{kind}: {some} of {all_of_them} commands complete")
    print(f"{runs - failed} passed, {failed} failed")
    return 1 if failed or runs == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
