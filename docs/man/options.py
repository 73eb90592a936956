# summary: reads the option tables (OPT lines of .def files) and the table of commands
import ast
import re
from dataclasses import dataclass, field


@dataclass
class Option:
    kind: str
    short: str
    long: str
    arg: str
    default: str
    help: str


@dataclass
class Program:
    name: str  # "poolprobe-record", "poolload"
    options: list = field(default_factory=list)


@dataclass
class Command:
    name: str
    about: str


COMMON = [
    Option("OPT_FLAG", "h", "help", None, None, "print a short page and exit"),
    Option("OPT_FLAG", "V", "version", None, None, "print the version and exit"),
]

TOKEN = re.compile(r"""\s*(?:("(?:[^"\\]|\\.)*")|('(?:[^'\\]|\\.)')|([A-Za-z_0-9]+)|(,))""", re.S)


def arguments(text):
    """The arguments of a macro call: identifiers and numbers as text, literals as their values, NULL as None."""
    values, at, strings, last = [], 0, [], None
    for m in TOKEN.finditer(text):
        if m.start() != at:
            raise ValueError(f"cannot read {text!r} at {at}")
        at = m.end()
        if m.group(1):
            strings.append(ast.literal_eval(m.group(1)))
        elif m.group(2):
            last = m.group(2)[1:-1]
        elif m.group(3):
            last = None if m.group(3) == "NULL" else m.group(3)
        else:
            values.append("".join(strings) if strings else last)
            strings, last = [], None
    values.append("".join(strings) if strings else last)
    return values


def calls(path, macro):
    """Arguments of each macro(…) that begins a line of the file."""
    text = path.read_text()
    for m in re.finditer(rf"^{macro}\(((?:[^()\"']|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)')*)\)\s*$", text, re.M):
        yield arguments(m.group(1))


def table(path):
    rows = []
    for _field, kind, short, long, arg, default, text in calls(path, "OPT"):
        if text is not None:
            rows.append(Option(kind, None if short == "0" else short, long, arg, default, text))
    if not rows:
        raise ValueError(f"{path}: no OPT line")
    return rows


def commands(root):
    return [Command(name, about) for name, _run, about in calls(root / "probe/command.def", "COMMAND")]


def programs(root, known):
    """By the man page's name. A command's table lies beside it or in a folder of its own."""
    found = {}
    for c in known:
        paths = [p for p in (root / "probe" / f"{c.name}_options.def", root / "probe" / c.name / f"{c.name}_options.def") if p.exists()]
        if len(paths) != 1:
            raise ValueError(f"command {c.name}: {len(paths)} tables of options")
        found[f"poolprobe-{c.name}"] = Program(f"poolprobe-{c.name}", table(paths[0]))
    found["poolload"] = Program("poolload", table(root / "loadgen/options.def"))
    found["reftarget"] = Program("reftarget", table(root / "target/options.def"))
    return found
