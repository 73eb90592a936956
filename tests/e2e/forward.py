#!/usr/bin/env python3
# summary: a TCP forwarder whose target changes while it runs, as behind a failover address: TARGET_FILE holds a port; connections to the one before are cut
#
# Usage: forward.py TARGET_FILE PORT_FILE [ADDRESS [PORT]]; its own port goes to PORT_FILE.
import os
import selectors
import socket
import sys
import time

target_file, port_file = sys.argv[1:3]
address = sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1"
port = int(sys.argv[4]) if len(sys.argv) > 4 else 0


def target():
    with open(target_file) as f:
        return int(f.read())


def stop(ends, pairs):
    for one in ends:
        selector.unregister(one)
        one.close()
        pairs.pop(one, None)


listener = socket.create_server((address, port))
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
with open(port_file + ".part", "w") as f:
    f.write(str(listener.getsockname()[1]))
os.rename(port_file + ".part", port_file)
pairs = {}
now = target()
while True:
    for key, _ in selector.select(0.05):
        end = key.fileobj
        if end is listener:
            client = listener.accept()[0]
            try:
                server = socket.create_connection(("127.0.0.1", now))
            except OSError:
                client.close()
                continue
            for a, b in ((client, server), (server, client)):
                a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                pairs[a] = b
                selector.register(a, selectors.EVENT_READ)
            continue
        if end not in pairs:
            continue
        try:
            data = end.recv(65536)
            if data:
                pairs[end].sendall(data)
                continue
        except OSError:
            pass
        stop((end, pairs[end]), pairs)
    try:
        then = target()
    except ValueError:  # being written
        time.sleep(0.01)
        continue
    if then != now:
        now = then
        stop(list(pairs), pairs)
