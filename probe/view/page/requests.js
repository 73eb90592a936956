// summary: the slowest requests as timelines: waits, transactions, statements and commits as they followed each other
function requestRows(run) {
  return run.slowest_requests.map((q, i) => ({ ...q, row: String(i + 1), name: `${q.method} ${q.route}` }));
}

function requestSvg(rows, lines, width, longest) {
  const index = Object.fromEntries(lines.map((l, i) => [l.key, i]));
  const pieces = rows.flatMap((q) => q.segments.map((s) => ({ ...s, row: q.row, line: index[s.line], x2: s.start_ms + s.ms })));
  const names = wide(width);
  const room = Math.min(width * 0.3, maxOf(rows.map((q) => q.name.length)) * 6.8 + 16);
  const short = (q) => (q.name.length * 6.8 > room - 10 ? q.name.slice(0, Math.max(4, Math.floor(room / 6.8) - 3)) + "…" : q.name);
  const left = names ? room : 30;
  return Plot.plot(frame(width, {
    height: rows.length * 28 + 44,
    marginLeft: left,
    marginRight: 66,
    marginBottom: 34,
    x: { domain: [0, longest], label: "ms after the request arrived", labelAnchor: "right", labelArrow: "none", grid: true, ticks: Math.max(2, Math.min(8, Math.floor((width - left - 66) / 70))) },
    y: { domain: rows.map((q) => q.row), label: null, tickSize: 0, padding: 0.3, tickFormat: (r) => (names ? short(rows[r - 1]) : r) },
    marks: [
      Plot.barX(rows, { y: "row", x1: 0, x2: "latency_ms", fill: "var(--card)", stroke: "var(--rule)" }),
      Plot.barX(pieces, { y: "row", x1: "start_ms", x2: "x2", fill: (p) => line(p.line),
        channels: { What: (p) => lines[p.line].title, Took: (p) => fmt.ms(p.ms), From: (p) => fmt.ms(p.start_ms), Connection: (p) => p.connection ?? "none" },
        tip: { fill: "var(--card)", stroke: "var(--rule)", format: { x: false, x1: false, x2: false, y: false, fill: false } } }),
      Plot.text(rows, { y: "row", x: "latency_ms", text: (q) => fmt.ms(q.latency_ms), textAnchor: "start", dx: 7, fill: "var(--fg)", fontWeight: 600 }),
    ],
  }));
}

// How surely the rows are joined to their statements, and what is left out of them.
function requestNotes(rows) {
  const notes = [];
  const inferred = rows.filter((q) => q.joined === "inferred");
  if (inferred.length) {
    const [low, high] = d3.extent(inferred, (q) => q.confidence);
    notes.push(`Which statements belong to which of these requests is inferred for ${inferred.length} of ${rows.length}, with a confidence of `
      + (high - low < 0.005 ? fmt.percent(high) : `${fmt.percent(low)} to ${fmt.percent(high)}`) + ".");
  }
  const left = d3.sum(rows, (q) => q.segments_left_out);
  if (left) notes.push(`${left} segments of them are left out.`);
  return notes.map(empty);
}

function drawRequests(holder, d) {
  const rows = d.runs.map(requestRows), all = rows.flat();
  if (all.length === 0) return holder.append(empty("No complete request."));
  const used = d.lines.map((l, i) => ({ ...l, i })).filter((l) => all.some((q) => q.segments.some((s) => s.line === l.key && s.ms > 0)));
  const longest = maxOf(all.map((q) => q.latency_ms));
  holder.append(legend(used.map((l) => ({ title: l.title, about: l.about, colour: line(l.i) }))));
  panels(holder, d.runs, (panel, run, width, i) => {
    if (rows[i].length === 0) return panel.append(empty("No complete request."));
    panel.append(describe(requestSvg(rows[i], d.lines, width, longest), "Timelines: " + rows[i].map((q) => `${q.name} took ${fmt.ms(q.latency_ms)}`).join("; ")),
      ...requestNotes(rows[i]));
  });
}
