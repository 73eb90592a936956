# summary: the server of poolload_open.sh: event loop, paths that each misbehave in one known way, a log of all it saw
#
# poolload_open_server.py [CERT KEY] prints its port. GET /log gives every request seen since the last time.
import asyncio
import hashlib
import json
import ssl
import sys
import time

seen = []
MB = 1 << 20


class Stall:
    """One second, once, for everybody, from the 300th request to /stalls on."""
    count = 0
    until = 0.0


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    method, path, _ = lines[0].split(" ")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return method, path, headers, body


def answer(writer, status, body=b"", more=""):
    writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), more.encode()) + body)


async def stalls():
    Stall.count += 1
    if Stall.count == 300:
        Stall.until = time.monotonic() + 1
    wait = Stall.until - time.monotonic()
    if wait > 0:
        await asyncio.sleep(wait)


async def endless(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless_head(writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def large(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (100 * MB))
    for _ in range(100):
        writer.write(b"x" * MB)
        await writer.drain()


async def serve(reader, writer):
    peer = writer.get_extra_info("peername")[1]
    while True:
        method, path, headers, body = await read_request(reader)
        if path == "/log":
            answer(writer, 200, json.dumps(seen).encode())
            seen.clear()
            continue
        seen.append({"time": time.time_ns(), "method": method, "path": path, "from": peer, "headers": headers,
                     "length": len(body), "body": hashlib.sha256(body).hexdigest()})
        if path == "/stalls":
            await stalls()
            answer(writer, 200, b"ok")
        elif path == "/slow":
            await asyncio.sleep(0.1)
            answer(writer, 200, b"ok")
        elif path == "/500":
            answer(writer, 500, b"broken: \x01\xff \"why\"")
        elif path == "/endless":
            await endless(writer)
        elif path == "/endless-head":
            await endless_head(writer)
        elif path == "/large":
            await large(writer)
        elif path == "/silent":
            await asyncio.sleep(3600)
        elif path == "/garbage":
            writer.write(b"\x00\xff\x16\x03" * 100 + b"\r\n\r\n")
            return
        elif path == "/bad-length":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx")
            return
        elif path == "/bad-chunk":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
            return
        elif path == "/reset":
            writer.transport.abort()
            return
        else:
            answer(writer, 200, b"ok")
        await writer.drain()


async def guarded(reader, writer):
    try:
        await serve(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    server = await asyncio.start_server(guarded, "127.0.0.1", 0, ssl=context, backlog=1024, limit=1 << 20)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


asyncio.run(main())
