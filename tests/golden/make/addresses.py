#!/usr/bin/env python3
# summary: gives clients that could not tell their address ("?1", "?2", …) that of the capture: addresses.py CAPTURE PORT TRUTH
"""A client whose connection was refused has no socket left to ask. Those are the connections of the capture that no
other line of the truth names, in order."""
import json
import pathlib
import sys

import pcapfile


def main():
    capture, port, path = pathlib.Path(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    named = {x["client"] for x in lines}
    left = [c for c in pcapfile.connections(capture, port) if c not in named]
    unknown = list(dict.fromkeys(x["client"] for x in lines if x["client"].startswith("?")))
    if len(left) != len(unknown):
        sys.exit(f"addresses: {len(unknown)} clients without an address, {len(left)} connections without a client")
    if unknown:
        names = dict(zip(unknown, left))
        path.write_text("".join(json.dumps({**x, "client": names.get(x["client"], x["client"])}) + "\n" for x in lines))


main()
