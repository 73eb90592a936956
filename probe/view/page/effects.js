// summary: an experiment: what each factor changes, with intervals, and each combination against the number of users
const VERDICT_COLOURS = { effect: "var(--b)", none: "var(--a)", "cannot tell": "var(--l10)" };

// Where nothing differs, an interval of no width must not fill the chart.
function effectsDomain(effects) {
  const [low, high] = d3.extent(effects.flatMap((e) => [0, e.value, e.low, e.high]));
  return high > low ? [low, high] : [-1, 1];
}

function effectsSvg(response, width) {
  const effects = response.effects;
  const labels = Math.min(width * 0.45, maxOf(effects.map((e) => e.name.length)) * 6.6 + 14);
  return Plot.plot(frame(width, {
    height: effects.length * 26 + 44,
    marginLeft: labels,
    marginRight: 20,
    marginBottom: 34,
    x: { domain: effectsDomain(effects), label: response.unit, labelAnchor: "right", labelArrow: "none", grid: true, ticks: 5, nice: true },
    y: { domain: effects.map((e) => e.name), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: "var(--fg)" }),
      Plot.ruleY(effects.filter((e) => e.has_interval), { y: "name", x1: "low", x2: "high", stroke: (e) => VERDICT_COLOURS[e.verdict], strokeWidth: 2 }),
      Plot.dot(effects, { y: "name", x: "value", r: 4.5, fill: (e) => VERDICT_COLOURS[e.verdict], tip: { fill: "var(--card)", stroke: "var(--rule)", format: { x: false, y: false, fill: false } },
        channels: { Effect: "name", Change: (e) => `${fmt.number(e.value)} ${response.unit}`, Interval: (e) => (e.has_interval ? `${fmt.number(e.low)} to ${fmt.number(e.high)}` : "too few runs"), Verdict: "verdict" } }),
    ],
  }));
}

function drawEffects(holder, d) {
  const known = (d.responses || []).filter((r) => r.effects.length > 0);
  if (known.length === 0) return holder.append(empty("No effect can be computed yet."));
  const two = holder.clientWidth >= 900, width = two ? (holder.clientWidth - 26) / 2 : holder.clientWidth;
  holder.append(legend([{ title: "effect", colour: VERDICT_COLOURS.effect }, { title: "none", colour: VERDICT_COLOURS.none }, { title: "cannot tell", colour: VERDICT_COLOURS["cannot tell"] }]));
  const grid = el("div", { class: "panels" });
  if (two) grid.style.gridTemplateColumns = "repeat(2, minmax(0, 1fr))";
  holder.append(grid);
  for (const r of known)
    grid.append(el("div", { class: "panel" }, el("h4", {}, r.title, " ", el("span", { class: "unit" }, r.unit)),
      describe(effectsSvg(r, width), `${r.title}: ` + r.effects.map((e) => `${e.name} ${fmt.number(e.value)} ${r.unit}, ${e.verdict}`).join("; "))));
}

// Line patterns and colours, so that more combinations can be told apart than there are colours.
const CELL_COLOURS = ["var(--a)", "var(--b)", "var(--l9)", "var(--l5)", "var(--l3)", "var(--flight)"];
const CELL_DASHES = [null, "6,3", "2,3"];

function cellsSvg(response, names, width) {
  const style = (name) => names.indexOf(name);
  const groups = [...d3.group(response.cells, (c) => c.name).values()];
  const users = [...new Set(response.cells.map((c) => c.users))].sort((a, b) => a - b);
  return Plot.plot(frame(width, {
    height: 230,
    marginLeft: 50,
    marginRight: 20,
    marginBottom: 34,
    x: { label: "users", labelAnchor: "right", labelArrow: "none", tickFormat: "d", ticks: users.length <= 6 ? users : 5, inset: 6 },
    y: { domain: [0, maxOf(response.cells.map((c) => c.mean)) || 1], nice: true, label: null, grid: true, ticks: 5 },
    marks: [
      ...groups.map((g) => Plot.line(g, { x: "users", y: "mean", strokeWidth: 2, stroke: CELL_COLOURS[style(g[0].name) % 6], strokeDasharray: CELL_DASHES[Math.floor(style(g[0].name) / 6) % 3] })),
      Plot.dot(response.cells, { x: "users", y: "mean", r: 3, fill: (c) => CELL_COLOURS[style(c.name) % 6] }),
      Plot.tip(response.cells, Plot.pointer({ x: "users", y: "mean", fill: "var(--card)", stroke: "var(--rule)", title: (c) => `${c.name}\n${c.users} users: ${fmt.number(c.mean)} ${response.unit}` })),
    ],
  }));
}

function drawCells(holder, d) {
  const known = (d.responses || []).filter((r) => r.cells.length > 0);
  if (known.length === 0) return holder.append(empty("No run is there yet."));
  const names = [...new Set(known.flatMap((r) => r.cells.map((c) => c.name)))];
  const two = holder.clientWidth >= 900, width = two ? (holder.clientWidth - 26) / 2 : holder.clientWidth;
  holder.append(legend(names.slice(0, 18).map((n, i) => ({ title: n, colour: CELL_COLOURS[i % 6], line: true }))));
  if (names.length > 18) holder.append(empty(`${names.length - 18} more combinations are drawn without a legend.`));
  const grid = el("div", { class: "panels" });
  if (two) grid.style.gridTemplateColumns = "repeat(2, minmax(0, 1fr))";
  holder.append(grid);
  for (const r of known)
    grid.append(el("div", { class: "panel" }, el("h4", {}, r.title, " ", el("span", { class: "unit" }, r.unit)),
      describe(cellsSvg(r, names, width), `${r.title} in ${r.unit}: ` + r.cells.map((c) => `${c.name} at ${c.users} users: ${fmt.number(c.mean)}`).join("; "))));
}
