#!/usr/bin/env python3
# summary: a report of hostile names and texts in every format: nothing of them is control, markup, formula or another value, and all of them are there
"""check_hostile.py FOLDER NAME: FOLDER/NAME.{txt,json,html,csv}; prints what is wrong."""
import csv
import html.parser
import json
import sys

folder, name = sys.argv[1:]
WORDS = ["alert(1)", "h0stile", "1+1"]  # of the statement, the schema, the user
bad = []


def text_of(suffix):
    with open(f"{folder}/{name}.{suffix}", "rb") as f:
        data = f.read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        bad.append(f"{suffix}: not UTF-8: {e}")
        return data.decode("utf-8", "replace")


def controls(suffix, text, also=""):
    for c in sorted(set(text)):
        bidi = suffix == "txt" and c in "\u202e\u2066\u200f\u2028"  # data elsewhere
        if (ord(c) < 32 and c not in "\n" + also) or 127 <= ord(c) < 160 or bidi:
            bad.append(f"{suffix}: control character U+{ord(c):04X}")


def words(suffix, text):
    for w in WORDS:
        if w not in text:
            bad.append(f"{suffix}: {w} is not in it")


text = text_of("txt")
controls("txt", text)
words("txt", text)

raw = text_of("json")
controls("json", raw, "\t")
words("json", raw)
report = json.loads(raw)
if not any("\x1b" in d["text"] or "alert(1)" in d["text"] for d in report["server"]["digests"]):
    bad.append("json: the server's digest is not in it")
if not any(u["user"].startswith("=1+1") for u in report["coverage"]["unseen"]):
    bad.append("json: the user is not in it as it is")


class Page(html.parser.HTMLParser):
    """Every tag and attribute with the text around it."""

    def __init__(self):
        super().__init__()
        self.inside, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        for key, value in attrs:
            if key.startswith("on") or "alert(1)" in (key or ""):
                bad.append(f"html: attribute {key}={value} of {tag}")
        if tag in ("img", "i"):
            bad.append(f"html: element {tag}")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if self.inside and self.inside[-1] == "script":
            # data of the page: no end tag may be in it, and what is JSON is JSON
            return
        self.text.append(data)


page = text_of("html")
controls("html", page, "\t")
for piece in ["<script>alert(1)", "<b>=1", "<i>h0stile", "</script>alert", "\x1b"]:
    if piece in page:
        bad.append(f"html: {piece!r} is in it")
p = Page()
p.feed(page)
words("html", "".join(p.text))

rows = list(csv.reader(text_of("csv").splitlines()))
if len({len(r) for r in rows}) != 1:
    bad.append(f"csv: rows of {sorted({len(r) for r in rows})} cells")
for r in rows[1:]:
    for cell in r:
        if cell[:1] in ("=", "+", "@", "\t") or (cell[:1] == "-" and not cell[1:2].isdigit()):
            bad.append(f"csv: a formula: {cell[:40]!r}")
if not any("alert(1)" in c for r in rows for c in r):
    bad.append("csv: the statement is not in it")
print("\n".join(bad) or "nothing wrong")
sys.exit(bool(bad))
