# summary: what the two tables of docs/accuracy.md share: cells, counts, the machine, sections that are kept or replaced
import os
import platform
import re

import judge


def cell(text, missed):
    return f"**{text}**" if missed else text


def pair(row, true, found, missed):
    a, b = judge.number(row, true), judge.number(row, found)
    if b is None:
        return "—"
    return cell(f"{a:.3g} → {b:.3g}" + (f" ({100 * (b - a) / a:+.0f} %)" if a >= judge.FLOOR_MS else ""), missed)


def optional(value, form, missed):
    return "—" if value is None else cell(form.format(value), missed)


def count(rows, judged):
    marks = [judged(r) for r in rows]
    known = [m for m in marks if m is not None]
    return f"{len(known) - sum(known)} of {len(known)}", f"{sum(known)}"


def covers(row):
    true = judge.number(row, "true_ms")
    low, high = judge.number(row, "low_ms"), judge.number(row, "high_ms")
    return not low - judge.FLOOR_MS <= true <= high + judge.FLOOR_MS


def cpu_model():
    found = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    return found.group(1).strip() if found else platform.machine()


def machine_of(old, mysql):
    """This machine's name with the server; without a server the name that the old text has."""
    if mysql:
        return f"{cpu_model()}, {os.cpu_count()} cores, Linux {platform.release()}, {mysql}"
    found = re.search(r"^The last run: (.*?)\. (?:Every|One CPU)", old, re.M)
    return found.group(1) if found else ""


def section(path, title):
    """The text from a title of the second level to the next one, "" where the page does not have it."""
    try:
        text = open(path).read()
    except FileNotFoundError:
        return ""
    found = re.search(rf"^{re.escape(title)}\n.*?(?=^## |\Z)", text, re.M | re.S)
    return found.group(0) if found else ""


def replace_section(path, title, new, before):
    """Puts a section in the old one's place, or before another title, or at the end."""
    text, new = open(path).read(), new.rstrip("\n") + "\n\n"
    old = section(path, title)
    if old:
        text = text.replace(old, new)
    elif f"\n{before}\n" in text:
        text = text.replace(f"\n{before}\n", f"\n{new}{before}\n")
    else:
        text = text.rstrip("\n") + "\n\n" + new
    with open(path, "w") as f:
        f.write(text.rstrip("\n") + "\n")
