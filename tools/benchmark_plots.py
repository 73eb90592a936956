#!/usr/bin/env python3
# summary: results.json, results.csv and plots.svg of all runs of a benchmark: benchmark_plots.py RESULTS_DIR RUN.run.db...
"""plots.svg shows what the published benchmark showed, each against the number of users."""
import csv
import json
import math
import sys
from html import escape
from pathlib import Path

COLOURS = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b"]
PANELS = [
    ("throughput", "Throughput, requests/s"),
    ("avg_response_time", "Mean response time, ms"),
    ("p95_response_time", "95th percentile, ms"),
    ("p99_response_time", "99th percentile, ms"),
    ("error_rate", "Errors, %"),
    ("avg_cpu_percent", "Application's CPU, % of one"),
    ("avg_memory_mb", "Application's memory, MB"),
]
WIDTH, HEIGHT, MARGIN, COLUMNS = 380, 240, 56, 2


def load(runs: list[Path]) -> list[dict]:
    levels = []
    for run in runs:
        name = run.name.removesuffix(".run.db")
        results = run.with_name(name + ".results.json")
        try:
            levels += [{"run": name} | level for level in json.loads(results.read_text())]
        except FileNotFoundError:
            continue  # the run ended before its first level
        except ValueError as error:
            sys.exit(f"benchmark_plots: {results} is not whole: {error}")
    return levels


def write_csv(path: Path, levels: list[dict]) -> None:
    fields = [
        "run", "framework", "concurrent_users", "duration", "total_requests", "successful_requests", "error_requests",
        "error_rate", "throughput", "avg_response_time", "p95_response_time", "p99_response_time", "avg_cpu_percent",
        "avg_memory_mb", "max_memory_mb",
    ]
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, fields, extrasaction="ignore")
        table.writeheader()
        table.writerows(levels)


def round_up(most: float) -> float:
    """The next 1, 2, 4, 6, 8 or 10 times a power of ten: a quarter of it has few digits."""
    power = 10.0 ** math.floor(math.log10(most)) if most > 0 else 1.0
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most)


def panel(series: dict[str, list[tuple[float, float]]], title: str) -> str:
    points = [p for line in series.values() for p in line]
    users = max((x for x, _ in points), default=1) or 1
    top = round_up(max((y for _, y in points), default=1))
    inner_w, inner_h = WIDTH - MARGIN - 20, HEIGHT - MARGIN - 30

    def place(x: float, y: float) -> str:
        return f"{MARGIN + x / users * inner_w:.1f},{30 + inner_h - y / top * inner_h:.1f}"

    out = [f'<text x="{MARGIN}" y="18" font-weight="bold">{escape(title)}</text>']
    for part in range(5):
        value = top * part / 4
        at = 30 + inner_h - inner_h * part / 4
        out.append(f'<line x1="{MARGIN}" x2="{WIDTH - 20}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{MARGIN - 6}" y="{at + 4:.1f}" text-anchor="end">{value:,.10g}</text>')
    for x in sorted({x for x, _ in points}):
        left = MARGIN + x / users * inner_w
        out.append(f'<text x="{left:.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{x:g}</text>')
    for colour, line in zip(COLOURS * len(series), series.values()):
        path = " ".join(place(x, y) for x, y in line)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        out += [f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3" fill="{colour}"/>' for p in path.split()]
    return "".join(out)


def write_svg(path: Path, levels: list[dict]) -> None:
    names = list(dict.fromkeys(level["run"] for level in levels))
    rows = (len(PANELS) + COLUMNS) // COLUMNS
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH}" height="{rows * HEIGHT}" '
        'font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>'
    ]
    for number, (field, title) in enumerate(PANELS):
        series = {
            name: [(level["concurrent_users"], level[field]) for level in levels if level["run"] == name and level.get(field) is not None]
            for name in names
        }
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        out.append(f'<g transform="translate({x},{y})">{panel(series, title + ", by users")}</g>')
    x, y = len(PANELS) % COLUMNS * WIDTH, len(PANELS) // COLUMNS * HEIGHT
    for number, (colour, name) in enumerate(zip(COLOURS * len(names), names)):
        out.append(f'<rect x="{x + MARGIN}" y="{y + 30 + 20 * number}" width="12" height="12" fill="{colour}"/>')
        out.append(f'<text x="{x + MARGIN + 20}" y="{y + 40 + 20 * number}">{escape(name)}</text>')
    path.write_text("".join(out) + "</svg>\n")


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit("usage: benchmark_plots.py RESULTS_DIR RUN.run.db...")
    folder = Path(sys.argv[1])
    levels = load([Path(a) for a in sys.argv[2:]])
    (folder / "results.json").write_text(json.dumps(levels, indent=1) + "\n")
    write_csv(folder / "results.csv", levels)
    write_svg(folder / "plots.svg", levels)


if __name__ == "__main__":
    main()
