#!/usr/bin/env python3
# summary: proves that a stage can include its own public header, base and the stage before it, and nothing else
"""Usage: check.py BUILD_DIR. Takes each stage's real compiler flags and tries every public header with them."""
import json
import shlex
import subprocess
import sys
from pathlib import Path

HEADERS = ["capture", "flow", "myw", "http", "session", "server", "host", "store", "analysis", "view"]
ALLOWED = {
    "capture": {"capture"},
    "flow": {"flow", "capture"},
    "mysql": {"myw", "flow"},
    "http": {"http", "flow"},
    "session": {"session", "myw", "http"},
    "server": {"server"},
    "host": {"host"},
    "store": {"store", "session"},
    "analysis": {"analysis", "store"},
    "view": {"view", "analysis"},
}


def flags_of(command):
    """The include flags of one compile command."""
    words = shlex.split(command["command"])
    flags = [words[0]]
    i = 1
    while i < len(words):
        if words[i] in ("-I", "-isystem"):
            flags += words[i : i + 2]
            i += 1
        elif words[i].startswith(("-I", "-std", "-D")):
            flags.append(words[i])
        i += 1
    return flags


def compiles(flags, text):
    return subprocess.run(flags + ["-fsyntax-only", "-x", "c", "-"], input=text.encode(), capture_output=True).returncode == 0


def main():
    build = Path(sys.argv[1])
    root = Path(__file__).resolve().parents[2]
    commands = json.loads((build / "compile_commands.json").read_text())
    failed = 0
    for stage, allowed in ALLOWED.items():
        folder = root / "probe" / stage
        mine = [c for c in commands if Path(c["file"]).parent == folder]
        if not mine:
            print(f"not ok - {stage}: no source of it is built")
            failed += 1
            continue
        flags = flags_of(mine[0])
        wrong = [h for h in HEADERS if compiles(flags, f'#include "{h}.h"\n') != (h in allowed)]
        for source in list(folder.glob("*.[ch]")) + list(folder.glob("include/*.h")):
            if '#include "../' in source.read_text():
                wrong.append(f"{source.name} includes by a relative path")
        print(f"{'not ok' if wrong else 'ok'} - {stage}" + (f": {', '.join(wrong)}" if wrong else ""))
        failed += bool(wrong)
    return 1 if failed else 0


sys.exit(main())
