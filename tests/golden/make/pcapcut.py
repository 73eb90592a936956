#!/usr/bin/env python3
# summary: a capture made from another one by leaving out or exchanging packets: pcapcut.py IN OUT EDIT N[-M] ...
"""Edits, in which N counts from 1:
drop N-M   leaves out the packets N to M, as a probe does that was too late or too slow
swap N     exchanges the N-th two segments with data that one side sent directly one after the other
cross N    exchanges the N-th command with the first segment of its answer, as a capture on several CPUs may
The times stay in order. Later edits see the packets as the earlier ones left them."""
import pathlib
import struct
import sys

import pcapfile


def records(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, out = 24, []
    while at + 16 <= len(data):
        caught = struct.unpack(order + "I", data[at + 8 : at + 12])[0]
        out.append(data[at : at + 16 + caught])
        at += 16 + caught
    return out


def exchange(packets, segments, n, port, crossing):
    """Segments and packets are one to one: the captures hold nothing but TCP."""
    for i, (a, b) in enumerate(zip(segments, segments[1:])):
        from_client = a.dst.endswith(f":{port}")
        fits = a.dst == b.src and from_client if crossing else a.src == b.src and a.dst == b.dst
        if fits and a.payload and b.payload:
            n -= 1
            if n == 0:
                x, y = packets[i], packets[i + 1]
                packets[i], packets[i + 1] = x[:8] + y[8:], y[:8] + x[8:]
                segments[i], segments[i + 1] = b, a
                return
    sys.exit("pcapcut: there are not so many")


def main():
    source, target, *edits = sys.argv[1:]
    data = pathlib.Path(source).read_bytes()
    packets, segments = records(data), list(pcapfile.segments(pathlib.Path(source)))
    port = segments[0].dst.rsplit(":", 1)[1]
    for what, which in zip(edits[::2], edits[1::2]):
        first, _, last = which.partition("-")
        if what == "drop":
            del packets[int(first) - 1 : int(last or first)], segments[int(first) - 1 : int(last or first)]
        else:
            exchange(packets, segments, int(first), port, what == "cross")
    pathlib.Path(target).write_bytes(data[:24] + b"".join(packets))


main()
