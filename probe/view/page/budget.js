// summary: the latency budget by level as stacked bars, waits first, with the interval of the wait
const WAITS = ["acquire_exhausted", "acquire_dial", "acquire_blocked_by_dial", "acquire_lost_wakeup"];

function budgetSegments(level, lines) {
  let at = 0;
  return lines.map((l, i) => {
    const ms = level.budget[l.key] || 0;
    const s = { level: level.name, line: i, title: l.title, ms, x1: at, x2: at + ms, mean: level.latency.mean_ms };
    at += ms;
    return s;
  });
}

// From the end of the waits: how much shorter or longer they may be.
function waitInterval(level, segments, lines) {
  let low = 0, high = 0, ms = 0, end = 0;
  segments.forEach((s) => {
    if (!WAITS.includes(lines[s.line].key)) return;
    const i = level.budget_interval[lines[s.line].key];
    low += i.low;
    high += i.high;
    ms += s.ms;
    if (s.ms > 0) end = s.x2;
  });
  return high - low > 0.01 * level.latency.mean_ms ? [{ level: level.name, x1: end - ms + low, x2: end - ms + high }] : [];
}

function budgetSvg(run, width, longest, lines) {
  const levels = run.levels.filter((l) => l.latency.count > 0);
  const all = levels.map((l) => budgetSegments(l, lines));
  const segments = all.flat().filter((s) => s.ms > 0);
  const labels = maxOf(levels.map((l) => l.name.length)) * 7 + 16;
  const right = 74, plot = width - labels - right;
  const room = (s) => ((s.x2 - s.x1) / longest) * plot;
  const tall = levels.length > 14 ? 20 : 34;
  return Plot.plot(frame(width, {
    height: levels.length * tall + 44,
    marginLeft: labels,
    marginRight: right,
    marginBottom: 34,
    x: { domain: [0, longest], label: "ms a request", labelAnchor: "right", labelArrow: "none", grid: true, ticks: Math.max(2, Math.min(8, Math.floor(plot / 60))) },
    y: { domain: levels.map((l) => l.name), label: null, tickSize: 0, padding: 0.26 },
    marks: [
      Plot.barX(segments, { y: "level", x1: "x1", x2: "x2", fill: (s) => line(s.line), stroke: "var(--bg)", strokeWidth: 0.6,
        channels: { Line: "title", Time: { value: (s) => fmt.ms(s.ms) }, Share: { value: (s) => fmt.percent(s.ms / s.mean) } },
        tip: { format: { x: false, x1: false, x2: false, y: true, fill: false, stroke: false }, fill: "var(--card)", stroke: "var(--rule)" } }),
      Plot.text(segments.filter((s) => room(s) > 44 && tall > 20), { y: "level", x: (s) => (s.x1 + s.x2) / 2,
        text: (s) => (room(s) > 9 * s.title.length + 44 && wide(width) ? s.title + " " : "") + fmt.number(s.ms), fill: (s) => lineText(s.line), pointerEvents: "none" }),
      Plot.ruleY(levels.flatMap((l, i) => waitInterval(l, all[i], lines)), { y: "level", x1: "x1", x2: "x2", stroke: "var(--fg)", strokeWidth: 1.4, dy: tall / 3 - 1 }),
      Plot.text(levels, { y: "name", x: (l) => l.latency.mean_ms, text: (l) => fmt.ms(l.latency.mean_ms), textAnchor: "start", dx: 7, fill: "var(--fg)", fontWeight: 600 }),
    ],
  }));
}

function drawBudget(holder, d) {
  const runs = d.runs;
  const known = runs.flatMap((r) => r.levels).filter((l) => l.latency.count > 0);
  if (known.length === 0) return holder.append(empty("No level with requests."));
  const used = d.lines.map((l, i) => ({ ...l, i })).filter((l) => known.some((v) => v.budget[l.key] > 0.0005 * v.latency.mean_ms));
  const longest = maxOf(known.map((l) => l.latency.mean_ms));
  holder.append(legend(used.map((l) => ({ title: l.title, about: l.about, colour: line(l.i) }))));
  panels(holder, runs, (panel, run, width) => {
    if (!run.levels.some((l) => l.latency.count > 0)) return panel.append(empty("No level with requests."));
    const svg = budgetSvg(run, width, longest, d.lines);
    panel.append(describe(svg, "Stacked bars: " + run.levels.map((l) => `${l.name}: ${fmt.ms(l.latency.mean_ms)}`).join("; ")));
  });
}
