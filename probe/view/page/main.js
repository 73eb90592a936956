// summary: puts the page together: the bar, tables, and every chart, drawn again when the width changes
const CHARTS = { budget: drawBudget, users: drawUsers, pool: drawPool, requests: drawRequests, heat: drawHeat, lanes: drawLanes,
  effects: drawEffects, cells: drawCells };

function draw(holder, chart) {
  const kept = holder.getBoundingClientRect().height;
  holder.style.minHeight = kept + "px"; // so that the page does not jump
  holder.replaceChildren();
  try {
    chart(holder, data);
    holder.dataset.drawn = "yes";
  } catch (e) {
    holder.dataset.drawn = "failed";
    holder.replaceChildren(empty("This chart could not be drawn; the table below holds its figures."));
    console.error(e);
  }
  holder.style.minHeight = "";
}

function charts() {
  if (!data || typeof Plot === "undefined") return;
  doc.documentElement.dataset.charts = "yes";
  const drawn = [];
  for (const figure of doc.querySelectorAll("figure[data-chart]")) {
    const chart = CHARTS[figure.dataset.chart], holder = figure.querySelector(".plot");
    if (!chart || !holder) continue;
    draw(holder, chart);
    drawn.push({ holder, chart });
  }
  let width = doc.documentElement.clientWidth, waiting = 0;
  addEventListener("resize", () => {
    if (doc.documentElement.clientWidth === width || waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      width = doc.documentElement.clientWidth;
      for (const d of drawn) draw(d.holder, d.chart);
    });
  });
}

topBar();
tables();
charts();
doc.documentElement.dataset.ready = "yes";
