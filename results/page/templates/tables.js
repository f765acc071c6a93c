// A heading sorts its table, numbers by their value and words by the alphabet; what is blank stays last either way.
const sorting = (() => {
  const BLANK = ["", "\u2013"];
  const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", {numeric: true}));

  // The things in the order of their keys, null or undefined for a blank.
  function sorted(things, key, descending) {
    const keyed = things.map((thing) => [key(thing), thing]), blank = ([found]) => found === null || found === undefined;
    const full = keyed.filter((each) => !blank(each)).sort(([a], [b]) => (descending ? compare(b, a) : compare(a, b)));
    return [...full, ...keyed.filter(blank)].map(([, thing]) => thing);
  }

  // Marks the heading as what is sorted by, and tells whether that is downwards now.
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
// What is typed hides the rows of the table that do not have it.
for (const input of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(input.dataset.filters);
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
