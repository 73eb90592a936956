#!/usr/bin/env python3
# summary: a file that ends in quiet seconds: the last frame of poolprobe top is one with work, printed and on a screen
"""top_end.py WORK PCAP COMMAND OPTION…: appends copies of PCAP's last packet seconds later, and shows the file both ways."""
import os
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import time

work, source, command = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
quiet = work / "quiet.pcap"


def with_quiet_end(data):
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, last = 24, None
    while at + 16 <= len(data):
        seconds, rest, kept, length = struct.unpack(order + "IIII", data[at:at + 16])
        last = (seconds, rest, kept, length, data[at + 16:at + 16 + kept])
        at += 16 + kept
    for later in (3, 6):
        data += struct.pack(order + "IIII", last[0] + later, *last[1:4]) + last[4]
    return data


def statements(text):
    return [float(n.replace(",", "")) for n in re.findall(r"statements +([\d.,]+)/s", text)]


def on_a_screen():
    tmux = ["tmux", "-L", f"poolprobe-end-{os.getpid()}", "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "-s", "t", "-x", "100", "-y", "40", shlex.join(command)], check=True, timeout=20)
    text, until = "", time.monotonic() + 15
    while "END OF FILE" not in text and time.monotonic() < until:
        time.sleep(0.1)
        text = subprocess.run([*tmux, "capture-pane", "-p", "-t", "t"], capture_output=True, text=True, timeout=20).stdout
    subprocess.run([*tmux, "kill-server"], timeout=20)
    return text


def check(what, found):
    good = bool(found) and found[-1] > 0
    print(("ok - " if good else "not ok - ") + what + ("" if good else f": {found}"))
    return good


quiet.write_bytes(with_quiet_end(source.read_bytes()))
command += ["-r", str(quiet), "--speed", "0", "-d", "1s"]
printed = subprocess.run([*command, "-b"], capture_output=True, text=True, timeout=60).stdout
ok = check("a file with a quiet end: the last frame printed has work in it", statements(printed))
ok = check("a file with a quiet end: the frame that stays on the screen has work in it", statements(on_a_screen())) and ok
sys.exit(not ok)
