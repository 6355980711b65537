(() => {
  "use strict";
  const language = document.documentElement.lang;

  // A cell's figure without its interval, or null where it holds words.
  function figure(cell) {
    const found = /-?\d[\d,]*(\.\d+)?(e[-+]?\d+)?/i.exec(main(cell));
    return cell.classList.contains("number") && found ? Number(found[0].replaceAll(",", "")) : null;
  }
  const interval = (cell) => cell.querySelector(".interval")?.textContent.trim() ?? "";
  function main(cell) {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll(".interval").forEach((each) => each.remove());
    return copy.textContent.trim();
  }

  // Figures by size, words by the alphabet; cells without a figure come last.
  function compare(a, b) {
    const [left, right] = [figure(a), figure(b)];
    if (left !== null && right !== null) return left - right;
    if (left !== null || right !== null) return left === null ? 1 : -1;
    return main(a).localeCompare(main(b), language, { numeric: true });
  }

  function sort(table, head) {
    const place = head.cellIndex;
    const up = head.getAttribute("aria-sort") !== "ascending";
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => (up ? 1 : -1) * compare(a.cells[place], b.cells[place]));
    table.querySelectorAll("thead th").forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows);
  }

  // Tab-separated, an interval in a column of its own.
  function separated(table) {
    const rows = [...table.tBodies[0].rows];
    const heads = [...table.tHead.rows[0].cells];
    const ranged = heads.map((_, i) => rows.some((row) => interval(row.cells[i])));
    const line = (cells, extra) => cells.flatMap((cell, i) => (ranged[i] ? [main(cell), extra(cell)] : [main(cell)]))
      .map((text) => text.replace(/\s+/g, " ")).join("\t");
    return [
      line(heads, (head) => `${main(head)}: interval`),
      ...rows.map((row) => line([...row.cells], interval)),
    ].join("\n");
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // a page from a file is not trusted with it by every browser
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  document.querySelectorAll("table").forEach((table) => {
    table.querySelectorAll("thead th").forEach((head) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      button.addEventListener("click", () => sort(table, head));
      head.append(button);
    });
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    // What is seen comes first in the name, so that who speaks it finds the button.
    const scroll = table.closest(".scroll");
    function name(text) {
      button.textContent = text;
      button.setAttribute("aria-label", `${text}: ${scroll.getAttribute("aria-label")}`);
    }
    name("Copy as TSV");
    button.addEventListener("click", async () => {
      await copy(separated(table));
      name("Copied");
      setTimeout(() => name("Copy as TSV"), 1500);
    });
    scroll.after(button);
  });

  // A link into what is folded opens it.
  function open() {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && (target.closest("details") || target.querySelector(":scope > details"));
    if (folded) folded.open = true;
  }
  window.addEventListener("hashchange", open);
  open();
})();
