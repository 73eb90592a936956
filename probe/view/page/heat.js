// summary: latency over time as a heat map on a logarithmic scale
function heatCells(run) {
  const h = run.heatmap, step = h.bucket_ms / 1000;
  const from = (h.start_ns - run.series.start_ns) / 1e9;
  return h.columns.flatMap((column, c) => column.map((n, r) => ({ n, x1: from + c * step, x2: from + (c + 1) * step, y1: h.edges_ms[r], y2: h.edges_ms[r + 1] }))
    .filter((x) => x.n > 0));
}

function decades(low, high) {
  const ticks = [];
  for (let k = Math.ceil(Math.log10(low) - 1e-9); k <= Math.log10(high) + 1e-9; k++) ticks.push(10 ** k);
  return ticks.length > 1 ? ticks : [low, high];
}

function latencyTick(v) {
  return v >= 1000 ? fmt.number(v / 1000) + " s" : fmt.number(v) + " ms";
}

function heatSvg(cells, scales, bands, width) {
  return Plot.plot(frame(width, {
    height: 280,
    marginTop: 22,
    marginLeft: 52,
    marginRight: 14,
    marginBottom: 34,
    x: timeAxis(scales.span, width),
    y: { type: "log", domain: [scales.low, scales.high], label: null, tickFormat: latencyTick, ticks: decades(scales.low, scales.high), grid: true },
    marks: [
      ...bandMarks(bands, scales.span, width),
      Plot.rect(cells, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: "var(--heat)", fillOpacity: (c) => 0.12 + 0.88 * Math.sqrt(c.n / scales.most), insetLeft: 0.5, insetBottom: 0.5,
        tip: { fill: "var(--card)", stroke: "var(--rule)", format: { x: false, y: false, x1: false, x2: false, y1: false, y2: false, fillOpacity: false } },
        channels: { Requests: "n", Latency: (c) => `${fmt.ms(c.y1)} to ${fmt.ms(c.y2)}`, Time: (c) => `${fmt.s(c.x1)} to ${fmt.s(c.x2)}` } }),
    ],
  }));
}

function drawHeat(holder, d) {
  const all = d.runs.map(heatCells);
  const flat = all.flat();
  if (flat.length === 0) return holder.append(empty("No complete request."));
  const bands = d.runs.map((run) => levelBands(run, run.series.start_ns));
  const scales = { span: maxOf([...flat, ...bands.flat()].map((c) => c.x2)), most: maxOf(flat.map((c) => c.n)), low: Math.min(...flat.map((c) => c.y1)), high: maxOf(flat.map((c) => c.y2)) };
  const shades = [0.02, 0.25, 1].map((x) => ({ title: x === 1 ? `${scales.most} requests` : String(Math.max(1, Math.round(x * scales.most))),
    colour: `color-mix(in srgb, var(--heat) ${Math.round(100 * (0.12 + 0.88 * Math.sqrt(x)))}%, transparent)` }));
  holder.append(legend(shades));
  panels(holder, d.runs, (panel, run, width, i) => {
    if (all[i].length === 0) return panel.append(empty("No complete request."));
    panel.append(describe(heatSvg(all[i], scales, bands[i], width),
      `Heat map of ${d3.sum(all[i], (c) => c.n)} requests, latencies from ${fmt.ms(scales.low)} to ${fmt.ms(scales.high)}`));
  });
}
