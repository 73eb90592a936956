#!/usr/bin/env python3
# summary: opens the HTML reports in a headless Chromium: charts drew, tables sort and filter, nothing is fetched or executed
# Usage: run.py PAGE_SAMPLES PAGE_SAMPLES_PLAIN [--update]; status 77 when there is no chromium. --update writes the reference pictures anew.
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import picture
from browser import Browser

HERE = pathlib.Path(__file__).resolve().parent
REFERENCE = HERE / "reference.json"
WIDTHS = (1280, 480)
TILES = (16, 12)  # of each chart: coarse enough for other fonts, fine enough to miss a bar
PAGE_BYTES = 2_000_000
CHARTS = {"report": {"budget", "users", "pool", "requests", "heat", "lanes"}, "diff": {"budget", "users", "pool", "requests", "heat", "lanes"},
          "experiment": {"effects", "cells"}}
failed = []


def check(name, ok, said=""):
    print(("ok - " if ok else "not ok - ") + name + (f" ({said})" if said and not ok else ""))
    if not ok:
        failed.append(name)


def open_page(b, path, width=1280, scheme="light"):
    b.size(width)
    b.scheme(scheme)
    b.open(path)
    b.settle()


# Marks inside of each chart, without axes: an empty chart has none.
MARKS = """Object.fromEntries([...document.querySelectorAll('figure[data-chart]')].map(f => [f.dataset.chart,
  {state: f.querySelector('.plot').dataset.drawn || '', svgs: f.querySelectorAll('svg').length,
   marks: [...f.querySelectorAll('svg :is(rect, path, circle, line)')].filter(m => {
     const b = m.getBBox(); return !m.closest('[aria-label*="axis"], [aria-label*="grid"], [aria-label="tip"], clipPath') && b.width + b.height > 0}).length,
   named: [...f.querySelectorAll('.plot svg[role=img]')].every(s => s.getAttribute('aria-label').length > 20)}]))"""


def check_clean(b, name, path):
    own = pathlib.Path(path).resolve().as_uri()
    check(f"{name}: no request but the page itself", [u for u in b.requests if u != own] == [], str(b.requests)[:300])
    check(f"{name}: no message on the console", b.messages == [], str(b.messages)[:300])
    check(f"{name}: its script ran", b.eval("document.documentElement.dataset.ready") == "yes")


def check_charts(b, name, wanted):
    marks = b.eval(MARKS)
    check(f"{name}: charts {', '.join(sorted(wanted))}", set(marks) >= wanted, str(sorted(marks)))
    for chart in sorted(wanted & set(marks)):
        m = marks[chart]
        check(f"{name}: {chart} drew", m["state"] == "yes" and m["svgs"] > 0 and m["marks"] > 2 and m["named"], str(m))


def check_layout(b, name):
    for width in WIDTHS:
        b.size(width)
        b.settle()
        b.settle()
        wide = b.eval("document.documentElement.scrollWidth")
        check(f"{name}: fits {width} pixels", wide <= width, f"{wide} wide")


def check_structure(b, name):
    said = b.eval("""({main: document.querySelectorAll('main').length, nav: document.querySelectorAll('nav[aria-label]').length,
      h1: document.querySelectorAll('h1').length, lang: document.documentElement.lang,
      captions: [...document.querySelectorAll('table')].every(t => t.caption && t.caption.textContent.trim()),
      scopes: [...document.querySelectorAll('thead th')].every(h => h.scope === 'col'),
      dead: [...document.querySelectorAll('nav a')].filter(a => !document.querySelector(a.getAttribute('href'))).length})""")
    check(f"{name}: landmarks, captions, scopes", said == {"main": 1, "nav": 1, "h1": 1, "lang": "en", "captions": True,
                                                           "scopes": True, "dead": 0}, str(said))


def check_table(b):
    b.eval("window.t = document.querySelector('#queries table')")
    column = "[...t.tBodies[0].rows].map(r => r.cells[1].innerText)"
    click = "[...t.tHead.rows[0].cells][1].querySelector('button').click()"
    whole = [int(x.replace(",", "")) for x in b.eval(column)]
    b.eval(click)
    down = [int(x.replace(",", "")) for x in b.eval(column)]
    check("table: sorts by a figure, largest first", down == sorted(whole, reverse=True), str(down))
    check("table: says how it is sorted", b.eval("t.tHead.rows[0].cells[1].getAttribute('aria-sort')") == "descending")
    b.eval(click)
    up = [int(x.replace(",", "")) for x in b.eval(column)]
    check("table: the other way round", up == sorted(whole) and up != down, str(up))
    b.eval("window.f = document.querySelector('#queries input[type=search]'); f.value = 'INSERT orders'; f.dispatchEvent(new Event('input'))")
    rows = b.eval("[...t.tBodies[0].rows].filter(r => !r.hidden).map(r => r.textContent)")
    check("table: filters by words", 0 < len(rows) < len(whole) and all("INSERT INTO `orders`" in r for r in rows), str(rows)[:200])
    check("table: says how many are left", b.eval("document.querySelector('#queries [role=status]').textContent")
          == f"{len(rows)} of {len(whole)} rows")
    b.eval("f.value = ''; f.dispatchEvent(new Event('input'))")
    check("table: all are back", b.eval("[...t.tBodies[0].rows].filter(r => !r.hidden).length") == len(whole))


def check_theme(b, path):
    colours = {}
    for scheme in ("light", "dark"):
        open_page(b, path, 1280, scheme)
        colours[scheme] = b.eval("getComputedStyle(document.body).backgroundColor")
    check("theme: follows the system", colours["light"] != colours["dark"], str(colours))
    b.eval("document.querySelector('#theme').click()")
    check("theme: the switch works", b.eval("getComputedStyle(document.body).backgroundColor") == colours["light"])
    b.media("print")
    check("print: white, without the bar", b.eval("[getComputedStyle(document.body).backgroundColor, "
          "getComputedStyle(document.querySelector('.topbar')).display]") == ["rgb(255, 255, 255)", "none"])
    b.size(720)  # about the width of a sheet of paper
    b.settle()
    wide = b.eval("document.documentElement.scrollWidth")
    check("print: nothing is cut off at the right", wide <= 720, f"{wide} wide")
    b.media("")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)] if len(colour) == 7 else [int(c * 2, 16) / 255 for c in colour[1:]]
    r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def check_contrast(b, path):
    """WCAG 2.1, 1.4.3: text has a contrast of 4.5 with what it stands on."""
    pairs = [(name, "bg") for name in ("fg", "dim", "link", "bad", "warn", "good", "a", "b")] + [("dim", "card"), ("fg", "card")]
    pairs += [(f"t{i}", f"l{i}") for i in range(11)]
    for scheme in ("light", "dark"):
        open_page(b, path, 1280, scheme)
        low = []
        for text, ground in pairs:
            x, y = (luminance(b.eval(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")) for name in (text, ground))
            ratio = (max(x, y) + 0.05) / (min(x, y) + 0.05)
            if ratio < 4.5:
                low.append(f"{text} on {ground}: {ratio:.2f}")
        check(f"contrast: text can be read, {scheme}", not low, str(low))


def check_keyboard(b, path):
    """Every control is reached with the Tab key, in a row, and Return sorts."""
    open_page(b, path)
    wanted = b.eval("[...document.querySelectorAll('a[href], button, summary, input, [tabindex=\"0\"]')].filter(e => e.checkVisibility()).length")
    b.eval("window.seen = new Set(); document.addEventListener('focusin', e => seen.add(e.target))")
    for _ in range(wanted + 5):
        b.key("Tab")
    check("keyboard: Tab reaches every control", b.eval("seen.size") >= wanted, f"{b.eval('seen.size')} of {wanted}")
    b.eval("document.querySelector('#queries th button').focus()")
    b.key("Enter", "\r")
    check("keyboard: Return sorts", b.eval("document.querySelector('#queries th').hasAttribute('aria-sort')"))


def check_hostile(b, folder):
    for name in ("hostile", "hostile_diff", "experiment"):
        open_page(b, folder / f"{name}.html")
        check(f"{name}: nothing was executed", b.eval("window.hostile === undefined"))
        check(f"{name}: no element came of a text", b.eval("document.querySelectorAll('img, svg[onload], iframe').length") == 0)
        check(f"{name}: the text is shown as it is", b.eval("document.body.innerText.includes('</script><script>window.hostile=1')"))
        b.eval("document.querySelectorAll('th button').forEach(x => x.click())")
        check_clean(b, name, folder / f"{name}.html")


def check_small(b, folder):
    wanted = {"empty": ["No requests", "Nothing to show", "No complete request", "No statements"],
              "missing": ["Nothing to show", "No pools", "No connections", "Not in this recording: CPU, Memory"],
              "one_level": ["At 10 users"], "one_request": ["At 10 users"]}
    for name, texts in wanted.items():
        open_page(b, folder / f"{name}.html")
        check_clean(b, name, folder / f"{name}.html")
        said = b.eval("document.body.innerText")
        missing = [t for t in texts if t not in said]
        check(f"{name}: says what is not there", not missing, str(missing))
        states = b.eval("[...document.querySelectorAll('.plot')].map(p => p.dataset.drawn)")
        check(f"{name}: no chart failed", all(s == "yes" for s in states), str(states))


def check_huge(b, folder):
    path = folder / "huge.html"
    size = path.stat().st_size
    check(f"huge: {size} bytes are fewer than {PAGE_BYTES}", size < PAGE_BYTES)
    open_page(b, path)
    check_clean(b, "huge", path)
    said = b.eval("document.body.textContent")
    check("huge: says what is left out", "of 10000 connections" in said and "of 5000 queries" in said and "more bytes" in said)


def check_without_scripts(b, folder):
    b.scripts(False)
    open_page_plain = folder / "report.html"
    b.size(1280)
    b.open(open_page_plain)
    b.scripts(True)
    said = b.eval("document.body.innerText")
    check("without scripts: the tables are there", "SELECT SLEEP" in said and "Charts, sorting and filtering need scripts" in said)


def check_plain(b, folder):
    """Pages of a build without the chart library: tables only, unfolded, and sorted all the same."""
    for name in ("report", "diff", "empty", "hostile"):
        open_page(b, folder / f"{name}.html")
        check_clean(b, f"plain {name}", folder / f"{name}.html")
        check(f"plain {name}: says so", "has no chart library" in b.eval("document.body.innerText"))
        check(f"plain {name}: no empty figures", b.eval("[...document.querySelectorAll('.plot')].every(p => p.children.length || !p.offsetParent)"))
    open_page(b, folder / "report.html")
    check("plain report: the figures are unfolded", b.eval("[...document.querySelectorAll('details.data')].every(d => d.open)"))
    check("plain report: the budget has its bars", b.eval("document.querySelectorAll('#chart-budget .bar i').length") > 5)
    check_table(b)


def pictures(b, folder):
    """Every chart of the two pages at two widths, as tiles; a figure must hold ink."""
    result = {}
    for name in ("report", "diff"):
        for width in WIDTHS:
            open_page(b, folder / f"{name}.html", width)
            for chart in sorted(CHARTS[name]):
                result[f"{name} {chart} {width}"] = picture.tiles(b.screenshot(f"#chart-{chart} .plot"), *TILES)
    return result


def check_pictures(b, folder, update):
    shots = pictures(b, folder)
    if update:
        REFERENCE.write_text(json.dumps(shots, separators=(",", ":")).replace('"report', '\n"report').replace('"diff', '\n"diff') + "\n")
        print(f"wrote {REFERENCE}")
        return
    reference = json.loads(REFERENCE.read_text())
    check("pictures: as many as in the reference", set(shots) == set(reference), str(set(shots) ^ set(reference)))
    for name in sorted(set(shots) & set(reference)):
        mean, worst = picture.difference(shots[name], reference[name])
        check(f"picture {name}: like the reference", mean < 6 and worst < 90, f"mean {mean:.1f}, worst tile {worst}")


def check_charted(b, folder, update):
    for name in ("report", "diff", "experiment"):
        path = folder / f"{name}.html"
        open_page(b, path)
        check_clean(b, name, path)
        check_charts(b, name, CHARTS[name])
        check_structure(b, name)
        check_layout(b, name)
    check_small(b, folder)
    check_without_scripts(b, folder)
    check_pictures(b, folder, update)


def run(folder, plain, update):
    with Browser() as b:
        open_page(b, folder / "report.html")
        if b.eval("document.documentElement.dataset.charts") == "yes":
            check_charted(b, folder, update)
        else:
            print("this build has no chart library: charts are not checked")
        open_page(b, folder / "report.html")
        check_table(b)
        check_theme(b, folder / "report.html")
        check_contrast(b, folder / "report.html")
        check_keyboard(b, folder / "report.html")
        check_hostile(b, folder)
        check_huge(b, folder)
        check_plain(b, plain)


def main():
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        print("chromium is not installed (tools/install-deps.sh --tests): the pages are not opened")
        return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="poolprobe-pages-"))
    try:
        plain = folder / "plain"
        plain.mkdir()
        for program, where in ((sys.argv[1], folder), (sys.argv[2], plain)):
            subprocess.run([program, where], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        run(folder, plain, "--update" in sys.argv[3:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())
