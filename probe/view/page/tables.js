// summary: tables whose rows the reader sorts by a column and filters by a word
const scale = { "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1048576, GiB: 1073741824 };

// A figure as it is shown, with separators, range and unit; NaN for what is none.
function figure(text) {
  const m = /^\s*([-+]?[\d,]*\.?\d+)\s*([kMGT]?i?B?)/.exec(text);
  return m ? parseFloat(m[1].replace(/,/g, "")) * (scale[m[2]] || 1) : NaN;
}

function compareCells(a, b, isText) {
  if (isText) return a.localeCompare(b, "en", { numeric: true });
  const x = figure(a), y = figure(b);
  if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y); // what is no figure comes last
  return x - y;
}

function sortBy(table, column, header) {
  const isText = header.classList.contains("t");
  const now = header.getAttribute("aria-sort");
  const down = now ? now === "ascending" : !isText; // figures: the largest first
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, text: row.cells[column] ? row.cells[column].innerText.trim() : "" }));
  rows.sort((a, b) => {
    const c = compareCells(a.text, b.text, isText);
    const last = !isText && (isNaN(figure(a.text)) || isNaN(figure(b.text)));
    return down && !last ? -c : c;
  });
  for (const h of table.tHead.rows[0].cells) h.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  body.append(...rows.map((r) => r.row));
}

function makeSortable(table) {
  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const button = el("button", { type: "button" }, ...header.childNodes);
    button.addEventListener("click", () => sortBy(table, column, header));
    header.append(button);
  });
}

function makeFilter(table, name) {
  const input = el("input", { type: "search", "aria-label": `Filter ${name}`, placeholder: `Filter ${name}` });
  const said = el("span", { role: "status" });
  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((w) => text.includes(w));
      shown += row.hidden ? 0 : 1;
    }
    said.textContent = `${shown} of ${table.tBodies[0].rows.length} rows`;
  };
  input.addEventListener("input", apply);
  apply();
  return el("div", { class: "filter" }, input, said);
}

function tables() {
  for (const table of doc.querySelectorAll("table[data-sort]")) {
    makeSortable(table);
    const name = table.caption ? table.caption.textContent.toLowerCase() : "rows";
    if (table.tBodies[0].rows.length > 3) table.parentElement.before(makeFilter(table, name));
  }
}
