// summary: bar at the top: links to the sections, and the switch between dark and light
function currentTheme() {
  const chosen = doc.documentElement.dataset.theme;
  if (chosen) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function themeButton() {
  const button = el("button", { type: "button", id: "theme" });
  const show = () => {
    button.textContent = currentTheme() === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Switch to ${button.textContent.toLowerCase()} colours`);
  };
  button.addEventListener("click", () => {
    doc.documentElement.dataset.theme = currentTheme() === "dark" ? "light" : "dark";
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return button;
}

function contents() {
  const list = el("ul");
  for (const section of doc.querySelectorAll("main > section")) {
    const title = section.querySelector("h2");
    const short = { verdict: "Verdict", findings: "Findings", limits: "Limits", budget: "Budget", levels: "Load", load: "Load", "pool-time": "Pool",
      pools: "Pools", slowest: "Slowest", heatmap: "Latency", endpoints: "Endpoints", queries: "Queries", capture: "Capture", config: "Configuration",
      "by-level": "Levels", causes: "Causes", settings: "Settings" }[section.id];
    if (title) list.append(el("li", {}, el("a", { href: "#" + section.id }, short || title.textContent)));
  }
  return list;
}

function topBar() {
  const bar = el("div", { class: "topbar" }, el("div", {}, el("nav", { "aria-label": "Sections" }, contents()), themeButton()));
  doc.body.insertBefore(bar, doc.getElementById("main"));
}
