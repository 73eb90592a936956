// summary: what every part of the page uses: the data, building elements from text, figures with units, drawing
const doc = document;

// Elements are made from text only, so that nothing in the data can ever become markup.
function el(tag, attributes, ...children) {
  const e = doc.createElement(tag);
  for (const [k, v] of Object.entries(attributes || {}))
    if (v !== null && v !== undefined && v !== false) e.setAttribute(k, v === true ? "" : v);
  for (const c of children) e.append(c);
  return e;
}

function readData() {
  const holder = doc.getElementById("data");
  try {
    return holder ? JSON.parse(holder.textContent) : null;
  } catch (e) {
    return null;
  }
}

const data = readData();

const numbers = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const large = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const percents = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });
const fmt = {
  number: (v) => (Math.abs(v) >= 1000 ? large.format(v) : numbers.format(v)),
  ms: (v) => (v >= 10000 ? numbers.format(v / 1000) + " s" : fmt.number(v) + " ms"),
  s: (v) => numbers.format(v) + " s",
  percent: (share) => percents.format(100 * share) + " %",
};

const line = (i) => `var(--l${i})`;
const lineText = (i) => `var(--t${i})`;
const runColour = (i) => (i === 0 ? "var(--a)" : "var(--b)");
const wide = (width) => width >= 560;

// What all charts share; the sizes of text do not change with the width.
function frame(width, options) {
  return {
    width: Math.max(260, Math.round(width)),
    marginTop: 8,
    style: { background: "none", fontSize: "12px", color: "var(--dim)", overflow: "visible" },
    ...options,
  };
}

// Panels side by side, one a run, or below each other where there is no room.
function panels(holder, runs, draw) {
  const two = runs.length > 1 && holder.clientWidth >= 720;
  const grid = el("div", { class: "panels" });
  if (two) grid.style.gridTemplateColumns = `repeat(${runs.length}, minmax(0, 1fr))`;
  holder.append(grid);
  const width = two ? (holder.clientWidth - 26 * (runs.length - 1)) / runs.length : holder.clientWidth;
  runs.forEach((run, i) => {
    const panel = el("div", { class: "panel" });
    if (runs.length > 1) panel.append(runTitle(run, i));
    grid.append(panel);
    draw(panel, run, width, i);
  });
}

function runTitle(run, i) {
  const badge = el("span", { class: "badge" }, run.name);
  badge.style.background = runColour(i);
  return el("h4", {}, badge, "run " + run.name);
}

function legend(items) {
  const list = el("ul", { class: "legend", "aria-hidden": "true" });
  for (const item of items) {
    const mark = el("i", { class: item.line ? "line" : null });
    mark.style.background = item.colour;
    list.append(el("li", { title: item.about }, mark, item.title));
  }
  return list;
}

function empty(text) {
  return el("p", { class: "note" }, text);
}

// A chart for those who do not see it: what it shows in a sentence; the figures stand in the table behind it.
function describe(svg, text) {
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", text);
  return svg;
}

const maxOf = (values) => values.reduce((a, b) => (b > a ? b : a), 0);
