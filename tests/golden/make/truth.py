# summary: what a Python client of the golden captures knows of its own commands, one JSON object a line
import json
import time


def address_of(sock):
    name = sock.getsockname()
    return f"[{name[0]}]:{name[1]}" if len(name) == 4 else f"{name[0]}:{name[1]}"


class Truth:
    """`with truth.line(client, "QUERY", sql=...) as x:` opens a line before the command is sent and writes it after the
    answer; facts learned in between are put into x."""

    def __init__(self, path):
        self.out = open(path, "w", encoding="utf-8")

    def line(self, client, cmd, **facts):
        return Line(self, client, cmd, facts)

    def write(self, x):
        self.out.write(json.dumps(x) + "\n")
        self.out.flush()


class Line:
    def __init__(self, truth, client, cmd, facts):
        self.truth = truth
        self.x = {"client": client, "cmd": cmd, "from_ns": time.time_ns(), **facts}

    def __enter__(self):
        return self.x

    def __exit__(self, kind, value, trace):
        self.x["to_ns"] = time.time_ns()
        self.truth.write(self.x)
        return False
