#!/usr/bin/env python3
# summary: a slow wire between two network namespaces: a TUN device in each, and whatever one sends comes out of the other MS milliseconds later
#
# Usage: slow_wire.py MS NETNS DEVICE NETNS DEVICE, as root; runs until it is killed. Delays packets without the kernel's netem.
import ctypes
import fcntl
import heapq
import os
import select
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000

delay = float(sys.argv[1]) / 1000
libc = ctypes.CDLL(None, use_errno=True)


def tun(namespace, device):
    with open("/run/netns/" + namespace) as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return fd


a, b = tun(sys.argv[2], sys.argv[3]), tun(sys.argv[4], sys.argv[5])
other = {a: b, b: a}
waiting = []
count = 0
print("ready", flush=True)
while True:
    now = time.monotonic()
    while waiting and waiting[0][0] <= now:
        _, _, fd, packet = heapq.heappop(waiting)
        try:
            os.write(fd, packet)
        except OSError:  # down: the wire is cut
            pass
    timeout = None if not waiting else max(0, waiting[0][0] - time.monotonic())
    for fd in select.select([a, b], [], [], timeout)[0]:
        try:
            packet = os.read(fd, 65536)
        except OSError:
            continue
        count += 1
        heapq.heappush(waiting, (time.monotonic() + delay, count, other[fd], packet))
