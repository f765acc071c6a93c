// Filters of all tables, curves and cells by task, data set and family of estimators.
const filters = (() => {
  const form = document.querySelector("#filters"), KINDS = ["task", "data", "family"];
  const {letters, families} = JSON.parse(document.querySelector("#filter-data").textContent);
  const chosen = () => Object.fromEntries(form ? [...new FormData(form)] : []);

  // Whether an element with these values is shown; a filter does not hide elements without a value of its kind.
  function wants(values) {
    const wanted = chosen();
    return KINDS.every((kind) => !wanted[kind] || values[kind] === undefined || values[kind] === wanted[kind]);
  }

  function hideColumns(table) {
    const hidden = [...table.tHead.rows[0].cells].map((heading) => !wants(heading.dataset));
    for (const row of table.rows) [...row.cells].forEach((cell, i) => { cell.hidden = hidden[i]; });
  }

  function apply() {
    const parts = "section[id^=table], figure.explore, table.data tbody tr, table.matrix tbody tr";
    for (const part of document.querySelectorAll(parts)) part.classList.toggle("filtered", !wants(part.dataset));
    document.querySelectorAll("table.data, table.matrix").forEach(hideColumns);
    document.dispatchEvent(new CustomEvent("filtered"));
  }
  form?.addEventListener("change", apply);
  form?.addEventListener("submit", (event) => event.preventDefault());
  return {wants, familyOf: (name) => families[name], letters};
})();
