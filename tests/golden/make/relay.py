#!/usr/bin/env python3
# summary: passes TCP on from [::1] to 127.0.0.1, so that a server bound to IPv4 is seen over IPv6: relay.py PORT TO_PORT
import asyncio
import sys


async def pump(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve(reader, writer):
    there, to_there = await asyncio.open_connection("127.0.0.1", int(sys.argv[2]))
    await asyncio.gather(pump(reader, to_there), pump(there, writer))


async def main():
    server = await asyncio.start_server(serve, "::1", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
