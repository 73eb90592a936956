// summary: throughput, latency, errors, CPU and memory against the number of users, in small charts on one width
// A figure of the recorder's samples; where it has none, the load generator's.
function hostOr(level, key, factor, other) {
  const v = level.host ? level.host[key] : null;
  return v !== null && v !== undefined ? v * factor : other;
}
const percent = (v) => (v === null || v === undefined ? null : v / 100);

const USER_CHARTS = [
  { title: "Throughput", unit: "requests/s", lines: [{ name: "", get: (l) => l.throughput }] },
  { title: "Latency", unit: "ms", lines: [
    { name: "p50", get: (l) => l.latency.p50_ms, dash: "2,3" },
    { name: "p95", get: (l) => l.latency.p95_ms },
    { name: "p99", get: (l) => l.latency.p99_ms, dash: "6,3" }] },
  { title: "Failed requests", unit: "%", least: 1, lines: [{ name: "", get: (l) => (l.requests ? (100 * l.errors) / l.requests : null) }] },
  { title: "CPU", unit: "CPUs in use", lines: [
    { name: "app", get: (l) => hostOr(l, "app_cpu", 1, percent(l.load_cpu_percent)) },
    { name: "server", get: (l) => hostOr(l, "server_cpu", 1, null), dash: "6,3" },
    { name: "machine", get: (l) => hostOr(l, "machine_cpu", 1, null), dash: "2,3" }] },
  { title: "Memory", unit: "MB", lines: [
    { name: "app", get: (l) => hostOr(l, "app_rss", 1e-6, l.load_memory_mb) },
    { name: "server", get: (l) => hostOr(l, "server_rss", 1e-6, null), dash: "6,3" }] },
];

function userPoints(chart, runs) {
  return runs.flatMap((run, r) => chart.lines.flatMap((s) => run.levels.filter((l) => l.latency.count > 0)
    .map((l) => ({ r, run: run.name, name: s.name, dash: s.dash, key: r + s.name, users: l.users, level: l.name, v: s.get(l) }))
    .filter((p) => p.v !== null && p.v !== undefined)));
}

function userSvg(chart, points, runs, width) {
  const last = [...d3.group(points, (p) => p.key).values()].map((g) => g[g.length - 1]);
  const label = (p) => [runs.length > 1 ? p.run : "", p.name].filter(Boolean).join(" ");
  const named = last.some((p) => label(p));
  const y = { domain: [0, Math.max(chart.least || 0, maxOf(points.map((p) => p.v)) || 1)], label: null, nice: true, grid: true, ticks: 4 };
  const users = [...new Set(points.map((p) => p.users))].sort((a, b) => a - b);
  const groups = [...d3.group(points, (p) => p.key).values()];
  return Plot.plot(frame(width, {
    height: 200,
    marginLeft: 46,
    marginRight: named ? 14 + 7 * maxOf(last.map((p) => label(p).length)) : 20,
    marginBottom: 34,
    x: { domain: users.length > 1 ? undefined : [users[0] - 1, users[0] + 1], label: "users", labelAnchor: "right", labelArrow: "none",
      ticks: users.length <= 6 ? users : 5, tickFormat: "d", inset: 6 },
    y,
    marks: [
      ...groups.map((g) => Plot.line(g, { x: "users", y: "v", stroke: runColour(g[0].r), strokeWidth: 2, strokeDasharray: g[0].dash })),
      Plot.dot(points, { x: "users", y: "v", fill: (p) => runColour(p.r), r: 3 }),
      Plot.text(spread(last, y.domain[1]), { x: "users", y: "at", text: label, dx: 8, textAnchor: "start", fill: (p) => runColour(p.r), fontWeight: 600 }),
      Plot.tip(points, Plot.pointer({ x: "users", y: "v", title: (p) => `${p.level}: ${[label(p), fmt.number(p.v)].filter(Boolean).join(" ")} ${chart.unit}`,
        fill: "var(--card)", stroke: "var(--rule)" })),
    ],
  }));
}

// Labels at the ends of lines, moved apart where they would lie over each other.
function spread(points, top) {
  const gap = top * 0.1;
  const sorted = points.map((p) => ({ ...p, at: p.v })).sort((a, b) => a.v - b.v);
  for (let i = 1; i < sorted.length; i++) sorted[i].at = Math.max(sorted[i].at, sorted[i - 1].at + gap);
  for (let i = sorted.length - 1, most = top; i >= 0 && sorted[i].at > most; i--, most -= gap) sorted[i].at = most;
  return sorted;
}

function drawUsers(holder, d) {
  const width = holder.clientWidth;
  const columns = width >= 900 ? 3 : width >= 560 ? 2 : 1;
  const grid = el("div", { class: "panels" });
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  holder.append(grid);
  const missing = [];
  for (const chart of USER_CHARTS) {
    const points = userPoints(chart, d.runs);
    if (points.length === 0) {
      missing.push(chart.title);
      continue;
    }
    const svg = userSvg(chart, points, d.runs, (width - 26 * (columns - 1)) / columns);
    const said = points.map((p) => `${[p.run, p.name, p.level].filter(Boolean).join(" ")}: ${fmt.number(p.v)}`).join("; ");
    grid.append(el("div", { class: "panel" }, el("h4", {}, chart.title, " ", el("span", { class: "unit" }, chart.unit)),
      describe(svg, `${chart.title} in ${chart.unit}: ${said}`)));
  }
  if (missing.length) holder.append(empty("Not in this recording: " + missing.join(", ") + "."));
}
