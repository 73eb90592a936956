#!/usr/bin/env python3
# summary: written seeds of the fuzz targets that have no capture to begin with: seeds.py TARGET OUTDIR
import pathlib
import struct
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]


def digest():
    """Two bytes of session facts (see fuzz_digest.c), then a statement: each of the differential test's cases."""
    for i, line in enumerate((TESTS / "digest" / "cases.txt").read_bytes().splitlines()):
        if line and not line.startswith(b"#"):
            yield bytes((i % 32, i % 9)) + line


def http():
    """A byte for the connection, then operations of a kind, a length and that many bytes (see fuzz_http.c)."""
    requests = [
        b"GET /shop/42?x=1 HTTP/1.1\r\nHost: a\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n",
        b"POST /orders HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        b"POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
        b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    ]
    answers = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\nto the end", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x01x", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    ]

    def op(kind, data):
        return b"".join(bytes((kind, len(data[i : i + 255]))) + data[i : i + 255] for i in range(0, len(data), 255))

    for q in requests:
        for a in answers:
            yield b"\x02" + op(0, q) + op(1, a) + op(0, q) + op(1, a)
            yield b"\x00" + op(0, q[:9]) + op(0, q[9:]) + op(3, b"") + b"\x03\x04" + op(1, a)
            yield b"\x02" + op(0, q + q) + op(1, a + a)


def flow():
    """A byte of limits, then records (see fuzz_flow.c): a dialogue in order, with a hole, with everything twice."""
    def record(flags, to_client, data=b"", shift=0, where=0):
        return struct.pack("<BBhhB", flags, where | (8 if to_client else 0), shift, 0, len(data)) + data

    start = record(2, False) + record(0x12, True) + record(0x10, False)
    talk = [record(0x18, False, b"select 1"), record(0x18, True, b"one row"), record(0x18, False, b"select 2")]
    end = record(0x11, False) + record(0x11, True) + record(0x10, False)
    for limits in range(4):
        head = bytes((limits,)) + start
        yield head + b"".join(talk) + end
        yield head + b"".join(t * 2 for t in talk) + end
        yield head + talk[0] + record(0x18, True, b"late", shift=9) + record(0x18, True, b"hole", shift=-40) + end
        yield head + record(0x18, False, b"x" * 200, shift=300) * 5 + end + start + talk[0]
        yield head + record(0x18, True, b"cut short", where=0x10) + record(4, True)


def main():
    target, folder = sys.argv[1].removeprefix("fuzz_"), pathlib.Path(sys.argv[2])
    makers = {"digest": digest, "http": http, "flow": flow}
    for i, seed in enumerate(makers[target]() if target in makers else ()):
        (folder / f"seed-{i}").write_bytes(seed)


main()
