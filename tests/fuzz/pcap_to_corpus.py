#!/usr/bin/env python3
# summary: real traffic as seeds of fuzz_mysql: pcap_to_corpus.py OUTDIR [CAPTURE...] (default: all golden captures)
"""An input of fuzz_mysql is a sequence of TCP segments (see fuzz_mysql.c): a byte of flags, a length of two bytes, that
many bytes of payload. Each connection of a capture becomes an input NAME-N; two connections at the same time become one
more, NAME-both, with the flag for the second. An input longer than --max-bytes ends there: the beginning of a connection
is what a fuzzer can use."""
import argparse
import pathlib
import struct
import sys

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
sys.path.insert(0, str(GOLDEN / "make"))
import pcapfile  # noqa: E402

TO_CLIENT, FIN, RST, SYN, OTHER = 0x01, 0x02, 0x04, 0x08, 0x80
RECORD_MAX = 0x7FFF


def server_port(path):
    """The port that the first SYN goes to; of a capture that began late, the lower one."""
    ports = []
    for s in pcapfile.segments(path):
        ports = [int(e.rsplit(":", 1)[1]) for e in (s.src, s.dst)]
        if s.flags & pcapfile.SYN:
            return ports[0] if s.flags & 0x10 else ports[1]
        break
    return min(ports) if ports else None


def records(to_client, segment, other):
    flags = (TO_CLIENT if to_client else 0) | (OTHER if other else 0)
    if segment.flags & pcapfile.SYN:
        return struct.pack("<BH", flags | SYN, 0)
    end = (FIN if segment.flags & pcapfile.FIN else 0) | (RST if segment.flags & pcapfile.RST else 0)
    data, out = segment.payload, b""
    if not data and not end:
        return out
    while len(data) > RECORD_MAX:
        out += struct.pack("<BH", flags, RECORD_MAX) + data[:RECORD_MAX]
        data = data[RECORD_MAX:]
    return out + struct.pack("<BH", flags | end, len(data)) + data


def seed(segments, max_bytes):
    """`segments`: (to_client, segment, other) in order."""
    out = b""
    for to_client, segment, other in segments:
        more = records(to_client, segment, other)
        if len(out) + len(more) > max_bytes:
            break
        out += more
    return out


def seeds(path, max_bytes):
    port = server_port(path)
    if port is None:
        return
    conns = [[(d, s, False) for d, s in c] for c in pcapfile.connections(path, port).values()]
    for i, conn in enumerate(conns, 1):
        yield f"{path.stem}-{i}", seed(conn, max_bytes)
    for first, second in zip(conns, conns[1:]):
        if second[0][1].ts_ns < first[-1][1].ts_ns:
            both = first + [(d, s, True) for d, s, _ in second]
            yield f"{path.stem}-both", seed(sorted(both, key=lambda x: x[1].ts_ns), max_bytes)
            return


def main():
    parser = argparse.ArgumentParser(description="golden captures as seeds of fuzz_mysql")
    parser.add_argument("--max-bytes", type=int, default=20000)
    parser.add_argument("outdir", type=pathlib.Path)
    parser.add_argument("captures", type=pathlib.Path, nargs="*")
    args = parser.parse_args()
    args.outdir.mkdir(parents=True, exist_ok=True)
    known, count = set(), 0
    for path in args.captures or sorted((GOLDEN / "captures").glob("*.pcap")):
        for name, data in seeds(path, args.max_bytes):
            if data and data not in known:
                known.add(data)
                (args.outdir / name).write_bytes(data)
                count += 1
    print(f"{count} seeds in {args.outdir}", file=sys.stderr)
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main())
