// summary: connections as lanes: their use over the whole run, and every segment of one short window
const LANE_KINDS = {
  held: { title: "held, no command in flight", colour: "var(--l8)", z: 0 },
  dial: { title: "dial", colour: "var(--dial)", z: 1 },
  statement: { title: "statement", colour: "var(--l6)", z: 2 },
  commit: { title: "commit", colour: "var(--l7)", z: 3 },
};

function laneHeight(n) {
  return n > 20 ? 11 : n > 8 ? 16 : 22;
}

function laneAxis(lanes) {
  return { domain: lanes.map((l) => String(l.id)), label: null, tickSize: 0, padding: 0.2 };
}

// The end of a run's lanes, in seconds.
function lanesEnd(run) {
  const l = run.lanes, step = l.column_ms / 1000;
  return maxOf(l.connections.map((c) => Math.max(c.use_percent.length * step, c.close_ns ? (c.close_ns - l.start_ns) / 1e9 : 0)));
}

function useSvg(run, width, span) {
  const l = run.lanes, step = l.column_ms / 1000;
  const cells = l.connections.flatMap((c) => c.use_percent.map((p, k) => ({ id: String(c.id), p, x1: k * step, x2: (k + 1) * step })).filter((x) => x.p > 0));
  const lives = l.connections.map((c) => ({ id: String(c.id), x1: c.open_ns ? Math.max(0, (c.open_ns - l.start_ns) / 1e9) : 0,
    x2: c.close_ns ? Math.max(0, (c.close_ns - l.start_ns) / 1e9) : (maxOf(l.connections.map((x) => x.use_percent.length)) * step) }));
  return Plot.plot(frame(width, {
    height: l.connections.length * laneHeight(l.connections.length) + 62,
    marginTop: 22,
    marginLeft: 46,
    marginRight: 14,
    marginBottom: 34,
    x: timeAxis(span, width),
    y: laneAxis(l.connections),
    marks: [
      ...bandMarks(levelBands(run, l.start_ns), span, width),
      Plot.ruleY(lives, { y: "id", x1: "x1", x2: "x2", stroke: "var(--rule)", strokeWidth: 2 }),
      Plot.rect(cells, { y: "id", x1: "x1", x2: "x2", fill: "var(--busy)", fillOpacity: (c) => 0.12 + (0.88 * c.p) / 100,
        tip: { fill: "var(--card)", stroke: "var(--rule)", format: { x: false, x1: false, x2: false, y: false, fillOpacity: false } },
        channels: { Connection: "id", Held: (c) => `${c.p} % from ${fmt.s(c.x1)} to ${fmt.s(c.x2)}` } }),
    ],
  }));
}

function windowSvg(run, width) {
  const l = run.lanes, span = (l.window_end_ns - l.window_start_ns) / 1e6;
  const segments = l.connections.flatMap((c) => c.segments.map(([kind, at, length]) => ({ id: String(c.id), kind, x1: Math.max(0, at), x2: Math.min(span, at + length), length })))
    .filter((s) => s.x2 > s.x1).sort((a, b) => LANE_KINDS[a.kind].z - LANE_KINDS[b.kind].z);
  const shown = l.connections.filter((c) => c.segments.length > 0);
  return Plot.plot(frame(width, {
    height: shown.length * laneHeight(shown.length) + 44,
    marginLeft: 46,
    marginRight: 14,
    marginBottom: 34,
    x: { domain: [0, span], label: "ms", labelAnchor: "right", labelArrow: "none", ticks: wide(width) ? 10 : 5 },
    y: laneAxis(shown),
    marks: [
      Plot.ruleY(shown, { y: (c) => String(c.id), stroke: "var(--rule)" }),
      Plot.barX(segments, { y: "id", x1: "x1", x2: "x2", fill: (s) => LANE_KINDS[s.kind].colour,
        tip: { fill: "var(--card)", stroke: "var(--rule)", format: { x: false, x1: false, x2: false, y: false, fill: false } },
        channels: { Connection: "id", What: (s) => LANE_KINDS[s.kind].title, Length: (s) => fmt.ms(s.length) } }),
    ],
  }));
}

function drawRunLanes(holder, run, width, span) {
  const l = run.lanes;
  if (!l.connections.length) return holder.append(empty("No connection of the application's pools was held."));
  const rest = l.connections_left_out ? ` The ${l.connections.length} that were held longest; ${l.connections_left_out} more are left out.` : "";
  holder.append(el("h3", {}, "Over the whole run"), el("p", { class: "note" }, `Each lane is a connection; the darker, the longer it was held in that time.${rest}`),
    describe(useSvg(run, width, span), `Use of ${l.connections.length} connections over time`));
  if (!l.window_end_ns || !l.connections.some((c) => c.segments.length)) return;
  const level = run.levels.find((x) => x.id === l.level_id && x.users);
  const ms = (l.window_end_ns - l.window_start_ns) / 1e6, at = (l.window_start_ns - run.series.start_ns) / 1e9;
  const cut = l.segments_left_out ? ` ${l.segments_left_out} segments are left out.` : "";
  holder.append(el("h3", {}, `${fmt.ms(ms)} around the slowest request${level ? " at " + level.name : ""}`),
    el("p", { class: "note" }, `From ${fmt.s(at)} after the start on.${cut}`),
    legend(Object.values(LANE_KINDS)), describe(windowSvg(run, width), "What each connection did in that moment"));
}

function drawLanes(holder, d) {
  const span = maxOf(d.runs.map(lanesEnd));
  panels(holder, d.runs, (panel, run, width) => drawRunLanes(panel, run, width, span));
}
