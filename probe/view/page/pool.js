// summary: the pools over time: requests in flight, busy, open and dialling connections, saturated spans shaded
function seriesPoints(run, zero) {
  const s = run.series, step = s.bucket_ms / 1000;
  const from = (s.start_ns - zero) / 1e9;
  return s.open.map((_, i) => ({ t: from + (i + 0.5) * step, open: s.open[i], busy: s.busy[i], dialling: s.dialling[i],
    flight: s.in_flight[i], saturated: s.saturated[i], x1: from + i * step, x2: from + (i + 1) * step }));
}

// Neighbouring stretches that were saturated for at least half of their time, as one span.
function saturatedSpans(points) {
  const spans = [];
  for (const p of points) {
    if (p.saturated < 0.5) continue;
    const last = spans[spans.length - 1];
    if (last && Math.abs(last.x2 - p.x1) < 1e-6) last.x2 = p.x2;
    else spans.push({ x1: p.x1, x2: p.x2 });
  }
  return spans;
}

function levelBands(run, zero) {
  return run.levels.filter((l) => l.users && l.end_ns > l.start_ns)
    .map((l) => ({ name: l.name, users: l.users, x1: (l.start_ns - zero) / 1e9, x2: (l.end_ns - zero) / 1e9 }));
}

function timeAxis(span, width) {
  return { domain: [0, span], label: "seconds", labelAnchor: "right", labelArrow: "none", ticks: wide(width) ? 10 : 5 };
}

function bandMarks(bands, span, width) {
  const room = (b) => ((b.x2 - b.x1) / span) * (width - 60);
  return [
    Plot.ruleX(bands.flatMap((b) => [b.x1, b.x2]), { stroke: "var(--rule)", strokeDasharray: "3,3" }),
    Plot.text(bands.filter((b) => room(b) > 24), { x: (b) => (b.x1 + b.x2) / 2, text: (b) => (room(b) > 70 ? b.name : String(b.users)), frameAnchor: "top", dy: -14, fill: "var(--dim)" }),
  ];
}

function overTime(points, bands, span, width, options) {
  const text = options.lines.map((l) => ({ ...l, name: l.title }));
  return Plot.plot(frame(width, {
    height: options.height,
    marginTop: options.bands ? 22 : 8,
    marginLeft: 46,
    marginRight: 14,
    marginBottom: options.axis ? 34 : 10,
    x: { ...timeAxis(span, width), ...(options.axis ? {} : { label: null, tickFormat: () => "", tickSize: 0 }) },
    y: { domain: [0, options.most], nice: true, label: null, grid: true, ticks: 4 },
    marks: [
      ...(options.bands ? [Plot.rectX(saturatedSpans(points), { x1: "x1", x2: "x2", fill: "var(--shade)" })] : []),
      ...(options.bands ? bandMarks(bands, span, width) : [Plot.ruleX(bands.flatMap((b) => [b.x1, b.x2]), { stroke: "var(--rule)", strokeDasharray: "3,3" })]),
      ...text.map((l) => (l.area ? Plot.areaY(points, { x: "t", y: l.key, fill: l.colour, fillOpacity: 0.85, curve: "step" })
        : Plot.lineY(points, { x: "t", y: l.key, stroke: l.colour, strokeWidth: 1.5, curve: "step" }))),
      Plot.ruleX(points, Plot.pointerX({ x: "t", stroke: "var(--dim)" })),
      Plot.tip(points, Plot.pointerX({ x: "t", y: options.lines[0].key, fill: "var(--card)", stroke: "var(--rule)",
        title: (p) => [`${fmt.s(p.t)} after the start`, ...options.lines.map((l) => `${l.title}: ${fmt.number(p[l.key])}`), `saturated: ${fmt.percent(p.saturated)}`].join("\n") })),
    ],
  }));
}

const POOL_TOP = [
  { key: "busy", title: "connections busy", colour: "var(--busy)", area: true },
  { key: "flight", title: "requests in flight", colour: "var(--flight)" },
];
const POOL_BOTTOM = [
  { key: "open", title: "connections open", colour: "var(--open)", area: true },
  { key: "dialling", title: "being dialled", colour: "var(--dial)" },
];

function drawPool(holder, d) {
  const known = d.runs.filter((r) => r.series.open.length > 0);
  if (known.length === 0) return holder.append(empty("Nothing was seen over time."));
  const zeros = d.runs.map((r) => r.series.start_ns);
  const all = d.runs.map((r, i) => seriesPoints(r, zeros[i]));
  const span = maxOf(all.flat().map((p) => p.x2));
  const top = maxOf(all.flat().map((p) => Math.max(p.flight, p.busy))) || 1;
  const bottom = maxOf(all.flat().map((p) => Math.max(p.open, p.dialling))) || 1;
  holder.append(legend([...[...POOL_TOP].reverse().map((l) => ({ ...l, line: !l.area })), ...POOL_BOTTOM.map((l) => ({ ...l, line: !l.area })),
    { title: "all open ones busy", colour: "var(--shade)" }]));
  panels(holder, d.runs, (panel, run, width, i) => {
    if (all[i].length === 0) return panel.append(empty("Nothing was seen over time."));
    const bands = levelBands(run, zeros[i]);
    const spans = saturatedSpans(all[i]);
    const said = `at most ${fmt.number(maxOf(run.series.in_flight_max))} requests in flight, ${maxOf(run.series.busy_max)} of ${maxOf(run.series.open_max)} connections busy; ${spans.length} saturated spans`;
    panel.append(describe(overTime(all[i], bands, span, width, { lines: POOL_TOP, most: top, height: 210, bands: true }), "Requests in flight and busy connections over time: " + said),
      describe(overTime(all[i], bands, span, width, { lines: POOL_BOTTOM, most: bottom, height: 130, axis: true }), "Open connections and dials over time: " + said));
  });
}
