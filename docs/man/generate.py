#!/usr/bin/env python3
# summary: man pages and shell completions out of the option tables (.def) and the hand-written parts (*.in)
"""Usage: generate.py SOURCE_ROOT OUTPUT_DIR VERSION

Writes OUTPUT_DIR/man1/*.1 and OUTPUT_DIR/{bash,zsh,fish}/…. In a *.in file
  @OPTIONS@     stands for the program's options, @COMMANDS@ for poolprobe's commands, @VERSION@ for the version;
  @EXIT@        for the meaning of the exit status, the same everywhere;
  @more NAME    begins, and @end ends, what is said of option --NAME beyond its help text."""
import re
import sys
from pathlib import Path

import complete
import options

EXIT = """.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed; one line on standard error says what and what to do.
.TP
.B 2
The command line is wrong.
.TP
.B 3
Done, but data was lost; standard error says why."""


def roff(text):
    """Plain text for roff, outside of macros' arguments."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("×", "x").replace("\n", " ")
    text = text.replace("'", "\\(aq").replace("^", "\\(ha").replace("~", "\\(ti").replace("`", "\\(ga")
    return "\\&" + text if text[:1] in (".", "'") else text


def option_entry(option, more):
    names = []
    if option.short:
        names.append(f"\\fB\\-{option.short}\\fR")
    names.append(f"\\fB\\-\\-{roff(option.long)}\\fR")
    arg = f" \\fI{roff(option.arg)}\\fR" if option.arg else ""
    lines = [".TP", ", ".join(names) + arg]
    text = option.help[0].upper() + option.help[1:] if not option.help[0:2].isupper() and option.help[0].isalpha() else option.help
    default = option.default
    shown = f" Default: {roff(default)}." if default not in (None, "", "0") else ""
    lines.append(roff(text).rstrip(".") + "." + shown)
    if option.kind == "OPT_LIST" and "repeat" not in option.help:
        lines.append("May be given more than once.")
    return lines + more.get(option.long, [])


def take_more(lines):
    """The lines without the @more blocks, and these by option."""
    kept, more, name = [], {}, None
    for line in lines:
        if line.startswith("@more "):
            name = line.split()[1]
            more[name] = []
        elif line == "@end":
            name = None
        elif name is not None:
            more[name].append(line)
        else:
            kept.append(line)
    return kept, more


def page(source, program, commands, version):
    kept, more = take_more(source.read_text().splitlines())
    table = program.options if program else []
    unknown = set(more) - {o.long for o in table}
    if unknown:
        sys.exit(f"{source}: @more of an option that is not there: {', '.join(sorted(unknown))}")
    out = []
    for line in kept:
        if line == "@OPTIONS@":
            for option in table + options.COMMON:
                out += option_entry(option, more)
        elif line == "@COMMANDS@":
            for c in commands:
                out += [".TP", f".BR poolprobe\\-{c.name} (1)", roff(c.about[0].upper() + c.about[1:]) + "."]
        elif line == "@EXIT@":
            out.append(EXIT)
        else:
            out.append(line.replace("@VERSION@", version))
            if line.startswith(".TH "):
                out += [".ad l", ".nh"]  # long options in narrow columns: no wide gaps, no hyphens in names
    return "\n".join(out) + "\n"


def main():
    root, target, version = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    commands = options.commands(root)
    programs = options.programs(root, commands)
    (target / "man1").mkdir(parents=True, exist_ok=True)
    for source in sorted((root / "docs/man").glob("*.1.in")):
        name = source.name.removesuffix(".1.in")
        (target / "man1" / f"{name}.1").write_text(page(source, programs.get(name), commands, version))
    for shell, name, text in complete.files(programs, commands):
        (target / shell).mkdir(parents=True, exist_ok=True)
        (target / shell / name).write_text(text)


main()
