// Filters of all tables, curves and cells: by task, data set and family of estimators, and by any text.
const filters = (() => {
  const form = document.querySelector("#filters"), KINDS = ["task", "data", "family"];
  const {letters, families} = JSON.parse(document.querySelector("#filter-data").textContent);
  let chosen = {text: ""};

  // Whether an element with these values is shown; a filter does not hide elements without a value of its kind.
  const wants = (values) => KINDS.every((kind) => !chosen[kind] || values[kind] === undefined || values[kind] === chosen[kind]);
  const has = (text) => text.toLowerCase().includes(chosen.text.toLowerCase());

  function hideColumns(table) {
    const hidden = [...table.tHead.rows[0].cells].map((heading) => !wants(heading.dataset));
    for (const row of table.rows) [...row.cells].forEach((cell, i) => { cell.hidden = hidden[i]; });
  }

  function apply() {
    chosen = Object.fromEntries(new FormData(form));
    const show = (part, shown) => part.classList.toggle("filtered", !shown);
    for (const part of document.querySelectorAll("section[id^=table], figure.explore")) show(part, wants(part.dataset));
    for (const row of document.querySelectorAll("table.data tbody tr, table.matrix tbody tr")) show(row, wants(row.dataset) && has(row.textContent));
    document.querySelectorAll("table.data, table.matrix").forEach(hideColumns);
    document.dispatchEvent(new CustomEvent("filtered"));
  }
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  return {wants, has, familyOf: (name) => families[name], letters};
})();
