#!/usr/bin/env python3
# summary: drives poolprobe top in tmux: what the screen shows at two sizes, keys, a frame in a file, the terminal given back
"""Usage: top_drive.py WORK_DIR POOLPROBE top OPTION…; traffic must be running. Prints ok / not ok lines."""
import os
import re
import subprocess
import sys
import time
from pathlib import Path

WORK = Path(sys.argv[1])
TOP = " ".join(sys.argv[2:])
SOCKET = f"poolprobe-{os.getpid()}"
# 3 where a connection was picked up late, in the middle of a message.
DONE = "[03]"
failures = 0


def tmux(*args):
    return subprocess.run(["tmux", "-L", SOCKET, "-f", "/dev/null", *args], capture_output=True, text=True, timeout=20).stdout


def screen():
    return tmux("capture-pane", "-p", "-t", "t")


def keys(*names):
    tmux("send-keys", "-t", "t", *names)


def until(what, seconds=15):
    """Waits until what(screen) is true; the screen then, or the last one with False."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        text = screen()
        if what(text):
            return True, text
        time.sleep(0.1)
    return False, screen()


def fills(text, rows):
    """The frame has its title in the first row and its keys in the last: a picture that tmux merely cut has not."""
    lines = text.rstrip("\n").split("\n")
    return len(lines) == rows and lines[0].startswith("poolprobe top") and "q quit" in lines[-1]


def check(name, good, text=""):
    global failures
    print(("ok - " if good else "not ok - ") + name, flush=True)
    if not good:
        failures += 1
        print("\n".join("    |" + line for line in text.splitlines()))


def see(name, pattern, seconds=15):
    good, text = until(lambda t: re.search(pattern, t, re.M), seconds)
    check(name, bool(good), text)
    return text


def alternate():
    return tmux("display-message", "-p", "-t", "t", "#{alternate_on} #{cursor_flag}").split()


def modes(name):
    """The terminal's modes as stty tells them, asked in the pane's own shell; without its size, which tmux sets, and sets late."""
    keys(f"stty -a > {WORK}/{name}; echo done-{name}", "Enter")
    until(lambda t: re.search(rf"^done-{name}$", t, re.M))
    return re.sub(r"rows \d+; columns \d+;", "", (WORK / name).read_text())


def resize(columns, rows):
    """Gives the window another size and waits until the terminal has it: tmux cuts its own picture at once, but tells the terminal later."""
    tmux("resize-window", "-t", "t", "-x", str(columns), "-y", str(rows))
    tty = tmux("display-message", "-p", "-t", "t", "#{pane_tty}").strip()
    end = time.monotonic() + 15
    while time.monotonic() < end:
        size = subprocess.run(["stty", "-F", tty, "size"], capture_output=True, text=True).stdout
        if size.split() == [str(rows), str(columns)]:
            return
        time.sleep(0.05)
    check(f"the terminal has {columns} columns and {rows} rows", False, size)


def start():
    keys("clear", "Enter")
    keys(f"{TOP}; echo status-$?", "Enter")
    until(lambda t: "poolprobe top" in t and "q quit" in t)


def given_back(name, before, status):
    see(f"{name}: ends with status {status}", rf"^status-{status}$")
    check(f"{name}: alternate screen left, cursor shown", alternate() == ["0", "1"], str(alternate()))
    after = modes("after-" + name.replace(" ", "-"))
    check(f"{name}: terminal modes as before", after == before, f"{before}\n{after}")


def figures(text, title, column):
    """A column of the rows under a title line."""
    rows = text.split(title, 1)[1].splitlines()[1:]
    found = [r.split() for r in rows if re.match(r"\s+[\d.]+\s", r)]
    return [float(r[column]) for r in found]


def frame_content():
    text = see("80x24: a frame with traffic", r"^ +[\d.]+ .*(SELECT|INSERT|UPDATE) ", 25)
    good, text = until(lambda t: re.search(r"^requests +[1-9]", t, re.M) and re.search(r"^ +[\d.]+ .*127.0.0.1 > ", t, re.M), 20)
    check("80x24: requests a second and the pool", good, text)
    lines = text.rstrip("\n").split("\n")
    check("80x24: 24 lines of at most 80 columns", len(lines) == 24 and all(len(line) <= 80 for line in lines), text)
    for part in (r"^statements +[1-9]", r"p50 .* p95 ", r"\d packets, 0 dropped, \d+ gaps \(\d+ now\)", "in flight", "waiting/app", "~WAITING", "QUERY by time"):
        check(f"80x24: shows {part}", re.search(part, text, re.M) is not None, text)
    now = re.search(r"^now +(.*)$", text, re.M)
    values = [float(v) for v in now.group(1).split()] if now else [0, 1]
    check("the parts add up to the requests in flight", len(values) == 6 and abs(sum(values[1:]) - values[0]) < 1e-6 and values[0] > 0, str(values))
    pool = re.search(r"^ +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +(\d+)% 127.0.0.1 > ", text, re.M)
    check("the pool has its three connections", pool is not None and abs(float(pool.group(1)) - 3) < 0.05, text)
    check("and is busy, never more than open", pool is not None and 0 < float(pool.group(2)) <= float(pool.group(1)) + 0.05, text)


def broken_capture(before):
    """The capture fails while the screen is on: a file whose last packet header is nonsense."""
    (WORK / "broken.pcap").write_bytes((WORK / "some.pcap").read_bytes() + b"\xff" * 64)
    keys("clear", "Enter")
    keys(TOP.replace("-i lo", "-r broken.pcap").replace("-Z root", "") + "; echo status-$?", "Enter")
    shown, text = until(lambda t: "q quit" in t)
    check("capture fails: was on the screen", shown, text)
    given_back("capture fails", before, 1)
    check("and the reason is on the terminal", "poolprobe: " in screen(), screen())


def main():
    tmux("new-session", "-d", "-s", "t", "-x", "80", "-y", "24", "-c", str(WORK), "env PS1='$ ' bash --norc --noprofile")
    before = modes("before")
    start()
    check("takes the alternate screen, hides the cursor", alternate() == ["1", "0"], str(alternate()))
    frame_content()
    keys("c")
    good, text = until(lambda t: "QUERY by calls" in t)
    calls = figures(text, "QUERY by calls", 0) if good else []
    check("c sorts the queries by calls", len(calls) > 2 and calls == sorted(calls, reverse=True), text)
    keys("?")
    see("? explains the keys", r"write the frame to a file")
    keys("?")
    keys("Space")
    good, text = until(lambda t: "PAUSED" in t and "QUERY by calls" in t)
    check("space pauses", good, text)
    time.sleep(2.5)
    check("a paused frame stays", screen() == text, screen())
    keys("w")
    told = see("w names the file", r"frame written to \./(\S+)")
    name = re.search(r"frame written to \./(\S+)", told)
    written = (WORK / name.group(1)).read_text() if name else ""
    shown = [line for line in text.splitlines() if line.startswith(("now ", "requests ", "statements "))]
    check("the file has the frame that is shown", len(shown) == 3 and all(line in written for line in shown), written)
    check("the file has no control characters", re.search(r"[\x00-\x09\x0b-\x1f\x7f]", written) is None, repr(written))
    keys("Space")
    resize(120, 40)
    good, text = until(lambda t: fills(t, 40))
    check("120x40: grows with the window", good, text)
    resize(60, 15)
    good, text = until(lambda t: fills(t, 15))
    check("60x15: shrinks with it", good, text)
    resize(80, 24)
    until(lambda t: fills(t, 24))
    keys("q")
    given_back("q", before, DONE)
    start()
    keys("C-c")
    given_back("Ctrl-C", before, DONE)
    for signal, status in (("TERM", DONE), ("SEGV", 139)):
        start()
        pane = tmux("display-message", "-p", "-t", "t", "#{pane_pid}").strip()
        child = subprocess.run(["pgrep", "-P", pane, "poolprobe"], capture_output=True, text=True).stdout.split()
        check(f"SIG{signal}: one process to end", len(child) == 1, str(child))
        if child:
            subprocess.run(["kill", f"-{signal}", child[0]], check=False)
        given_back(f"SIG{signal}", before, status)
    broken_capture(before)
    tmux("kill-session", "-t", "t")
    sys.exit(failures > 0)


main()
