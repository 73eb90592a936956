#!/usr/bin/env python3
# summary: writes the style, scripts and chart library of the HTML reports as C arrays, with the hashes of their policy
import argparse
import base64
import hashlib
import pathlib

LIBRARY = [  # file, licence; in the order in which they are loaded
    ("d3/dist/d3.min.js", "d3/LICENSE", "D3"),
    ("@observablehq/plot/dist/plot.umd.min.js", "@observablehq/plot/LICENSE", "Observable Plot"),
]


def library(folder):
    """The chart library as one script, and its licences; empty without a folder."""
    if not folder:
        return "", ""
    scripts, licences = [], []
    for script, licence, name in LIBRARY:
        modules = pathlib.Path(folder) / "node_modules"
        text = (modules / licence).read_text(encoding="utf-8").strip()
        scripts.append(f"/*! {name}\n{text}\n*/\n" + (modules / script).read_text(encoding="utf-8"))
        licences.append(f"{name}\n\n{text}\n")
    return "\n".join(scripts), "\n".join(licences)


def checked(name, text):
    """Text that may stand inside of <script> or <style>: nothing in it ends or hides the element."""
    for bad in ("</script", "</style", "<!--"):
        if bad in text.lower():
            raise SystemExit(f"embed_page: {name} holds {bad!r} and cannot be embedded")
    return text


def array(name, text):
    # a character constant has the value of a char, signed or not
    data = [str(b) if b < 128 else f"'\\x{b:02x}'" for b in text.encode("utf-8")]
    rows = [",".join(data[i:i + 64]) for i in range(0, len(data), 64)]
    body = ",\n".join(rows) + "," if data else ""
    return f"const char page_{name}[] = {{\n{body}0}};\nconst size_t page_{name}_bytes = {len(data)};\n"


def policy(name, text):
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
    return f'const char page_{name}_hash[] = "sha256-{digest}";\n'


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--library", default="")
    p.add_argument("style")
    p.add_argument("scripts", nargs="+")
    a = p.parse_args()
    style = pathlib.Path(a.style).read_text(encoding="utf-8")
    parts = [pathlib.Path(s).read_text(encoding="utf-8") for s in a.scripts]
    script = '(function () {\n"use strict";\n' + "\n".join(parts) + "\n})();\n"
    lib, licences = library(a.library)
    out = ["/* summary: generated from probe/view/page by cmake/embed_page.py */\n", '#include "page_assets.h"\n']
    for name, text in (("style", style), ("script", script), ("library", lib)):
        out += [array(name, checked(name, text)), policy(name, text)]
    out.append(array("licences", licences))
    pathlib.Path(a.out).write_text("".join(out), encoding="utf-8")


main()
