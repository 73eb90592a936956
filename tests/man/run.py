#!/usr/bin/env python3
# summary: man pages, completions and --help: every option of every table is there, no warnings, all installed
"""Usage: run.py BUILD_DIR. Installs into a temporary folder and looks at what is there. Prints ok / not ok lines."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(sys.argv[1])
ROOT = Path(__file__).resolve().parents[2]
ENV = dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80", MANPAGER="cat")
failures = 0


def check(name, good, text=""):
    global failures
    print(("ok - " if good else "not ok - ") + name)
    if not good:
        failures += 1
        print("\n".join("    " + line for line in str(text).splitlines()[:40]))


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=ENV, **more)


def read_tables():
    """Long and short names by page, read apart from the generator: what follows the kind in each OPT line."""
    tables = {}
    for path in sorted([*ROOT.glob("probe/**/*_options.def"), ROOT / "loadgen/options.def", ROOT / "target/options.def"]):
        page = {"loadgen": "poolload", "target": "reftarget"}.get(path.parent.name, "poolprobe-" + path.name.removesuffix("_options.def"))
        text = re.sub(r"\s*\n\s+", " ", path.read_text())
        tables[page] = re.findall(r"^OPT\(\w+, OPT_\w+, (0|'.'), \"([\w-]+)\"", text, re.M)
    return tables


def completions(prefix, *words):
    """What bash offers for these words, through the installed function."""
    program = words[0]
    script = f"source {prefix}/share/bash-completion/completions/{program}; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _{program}; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    r = run("bash", "-c", script, "bash", *words)
    return r.stdout.split() if r.returncode == 0 and not r.stderr else [r.stderr]


def check_page(prefix, page, names):
    path = prefix / "share/man/man1" / f"{page}.1"
    check(f"{page}: installed", path.exists())
    if not path.exists():
        return
    r = run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(path))
    check(f"{page}: no warnings", r.returncode == 0 and r.stderr == "", r.stderr)
    shown = re.sub(r".\x08", "", run("man", "-l", str(path)).stdout)
    missing = [long for _, long in names if not re.search(rf"^ {{7}}(-\w, )?--{long}( |$)", shown, re.M)]
    check(f"{page}: describes its {len(names)} options", not missing, missing)
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        check(f"{page}: has {section}", re.search(rf"^{section}$", shown, re.M) is not None)
    if shutil.which("mandoc"):
        r = run("mandoc", "-Tlint", "-Wwarning", str(path))
        check(f"{page}: mandoc has no warning", r.stdout == "", r.stdout)


def check_completion(prefix, page, names):
    program, _, command = page.partition("-")
    words = [program] + ([command] if command else [])
    wanted = {f"--{long}" for _, long in names} | {f"-{short[1]}" for short, _ in names if short != "0"} | {"--help", "--version"}
    offered = set(completions(prefix, *words, "-"))
    check(f"{page}: bash offers every option", wanted <= offered, wanted - offered)
    share = prefix / "share"
    zsh = (share / f"zsh/site-functions/_{program}").read_text()
    fish = (share / f"fish/vendor_completions.d/{program}.fish").read_text()
    check(f"{page}: zsh knows every option", all(re.search(rf"'\*?--{long}[=\[]", zsh) for _, long in names))
    check(f"{page}: fish knows every option", all(re.search(rf" -l {long}( |$)", fish, re.M) for _, long in names))


def check_bash(prefix):
    check("poolprobe rec<TAB>", completions(prefix, "poolprobe", "rec") == ["record"], completions(prefix, "poolprobe", "rec"))
    check("record --no<TAB>", completions(prefix, "poolprobe", "record", "--no") == ["--no-statements"])
    check("report --format j<TAB>", completions(prefix, "poolprobe", "report", "x", "--format", "j") == ["json"])
    check("report --format=h<TAB>", completions(prefix, "poolprobe", "report", "x", "--format", "=", "h") == ["html"])
    check("record -i l<TAB>: interfaces", "lo" in completions(prefix, "poolprobe", "record", "-i", "l"))
    check("reftarget --reuse <TAB>", completions(prefix, "reftarget", "--reuse", "") == ["fifo", "lifo"])
    check("poolload --us<TAB>", completions(prefix, "poolload", "--us") == ["--users"])
    for shell, files in (("zsh", "zsh/site-functions/_*"), ("fish", "fish/vendor_completions.d/*"), ("bash", "bash-completion/completions/*")):
        if shutil.which(shell):
            bad = [str(f) for f in (prefix / "share").glob(files) if run(shell, "-n", str(f)).returncode != 0]
            check(f"{shell} can read its files", not bad, bad)


def check_help(tables):
    commands = [["poolprobe"], ["poolload", "merge"], ["poolload", "ready"]] + [page.split("-", 1) for page in tables]
    for words in commands:
        r = run(str(BUILD / "bin" / words[0]), *words[1:], "--help")
        lines = r.stdout.splitlines()
        wide = [line for line in lines if len(line) > 80]
        check(f"{' '.join(words)} --help: fits a screen", r.returncode == 0 and 0 < len(lines) <= 24 and not wide, f"{len(lines)} lines\n" + r.stdout)
    for page, names in tables.items():
        words = page.split("-", 1)
        shown = run(str(BUILD / "bin" / words[0]), *words[1:], "--help").stdout
        missing = [long for _, long in names if not re.search(rf"--{long}\b", shown)]
        check(f"{page} --help names every option", not missing, missing)


def main():
    tables = read_tables()
    known = re.findall(r'^COMMAND\("(\w+)"', (ROOT / "probe/command.def").read_text(), re.M)
    check("a table of options for every command", {f"poolprobe-{c}" for c in known} | {"poolload", "reftarget"} == set(tables), sorted(tables))
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder)
        r = run("cmake", "--install", str(BUILD), "--prefix", folder)
        check("cmake --install", r.returncode == 0, r.stderr)
        for program in ("poolprobe", "poolload", "reftarget"):
            check(f"{program}: installed and runs", run(str(prefix / "bin" / program), "--version").returncode == 0)
        check_page(prefix, "poolprobe", [])
        for page, names in tables.items():
            check_page(prefix, page, names)
            check_completion(prefix, page, names)
        check_bash(prefix)
    check_help(tables)
    sys.exit(failures > 0)


main()
