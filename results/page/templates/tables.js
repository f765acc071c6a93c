"use strict";
// A heading sorts its table: numbers by their value, what has none last, words by the alphabet.
for (const table of document.querySelectorAll("table.data")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const descending = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      const numeric = rows.some((row) => "number" in row.cells[column].dataset);
      const key = (row) => {
        const cell = row.cells[column];
        return numeric ? Number(cell.dataset.number ?? Infinity) : cell.textContent;
      };
      rows.sort((a, b) => (numeric ? key(a) - key(b) || 0 : key(a).localeCompare(key(b))));
      if (descending) rows.reverse();
      table.tBodies[0].append(...rows);
    });
  });
}
// What is typed hides the rows of the table that do not have it.
for (const input of document.querySelectorAll("input[data-filters]")) {
  const table = document.getElementById(input.dataset.filters);
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of table.tBodies[0].rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
