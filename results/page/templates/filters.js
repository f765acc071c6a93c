// Task, data set and family of estimators, chosen once for tables, curves and cells: what belongs to another is hidden.
const filters = (() => {
  const form = document.querySelector("#filters"), KINDS = ["task", "data", "family"];
  const words = JSON.parse(document.querySelector("#page-words").textContent);
  const chosen = () => Object.fromEntries(form ? [...new FormData(form)] : []);

  // Whether a thing of these kinds is wanted; what is of no kind always is.
  function wants(found) {
    const asked = chosen();
    return KINDS.every((kind) => !asked[kind] || found[kind] === undefined || found[kind] === asked[kind]);
  }

  function hideColumns(table) {
    const headings = [...table.tHead.rows[0].cells].map((heading) => !wants(heading.dataset));
    for (const row of table.rows) [...row.cells].forEach((cell, i) => { cell.hidden = headings[i]; });
  }

  function apply() {
    const parts = "section[id^=table], figure.explore, table.data tbody tr, table.matrix tbody tr";
    for (const part of document.querySelectorAll(parts)) part.classList.toggle("filtered", !wants(part.dataset));
    document.querySelectorAll("table.data, table.matrix").forEach(hideColumns);
    document.dispatchEvent(new CustomEvent("filtered"));
  }
  form?.addEventListener("change", apply);
  form?.addEventListener("submit", (event) => event.preventDefault());
  return {wants, familyOf: (name) => words.families[name], letters: words.letters};
})();
