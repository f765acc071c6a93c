// Sorting of tables by clicking a heading: numbers by value, text alphabetically, blanks always last.
const sorting = (() => {
  const BLANK = ["", "\u2013"];
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", {numeric: true}));

  // The items in the order of their keys, which are null or undefined for blanks.
  function sorted(items, key, descending) {
    const keyed = items.map((item) => [key(item), item]), blank = ([value]) => value === null || value === undefined;
    const full = keyed.filter((pair) => !blank(pair)).sort(([a], [b]) => (descending ? compare(b, a) : compare(a, b)));
    return [...full, ...keyed.filter(blank)].map(([, item]) => item);
  }

  // Marks the heading as the one that is sorted by, in the other direction if it was before; returns whether descending.
  function turn(heading) {
    const descending = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
    return descending;
  }

  function keyOf(cell, numeric) {
    if ("number" in cell.dataset) return Number(cell.dataset.number);
    return numeric || BLANK.includes(cell.textContent) ? null : cell.textContent;
  }

  for (const table of document.querySelectorAll("table.data")) {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      heading.querySelector("button").addEventListener("click", () => {
        const rows = [...table.tBodies[0].rows], descending = turn(heading);
        const numeric = rows.some((row) => "number" in row.cells[column].dataset);
        table.tBodies[0].append(...sorted(rows, (row) => keyOf(row.cells[column], numeric), descending));
      });
    });
  }
  return {sorted, turn};
})();
