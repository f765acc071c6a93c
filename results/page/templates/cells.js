// The table of cells. There may be ten thousand, so rows are added as the table is scrolled, and details when a row is opened.
{
  const {columns, cells, lines, again, score, from} = JSON.parse(document.querySelector("#cell-data").textContent);
  const table = document.querySelector("#cell-list"), body = table.tBodies[0], end = document.querySelector("#cell-end"), AT_ONCE = 100;
  const of = (cell, name) => cell[columns.indexOf(name)], visible = columns.length, NUMBERS = ["seed", "score"];
  let order = cells, wanted = cells, drawn = 0;

  const add = (parent, name, text) => {
    const node = document.createElement(name);
    node.textContent = text;
    parent.append(node);
    return node;
  };

  function fill(parent, [command, configuration, traceback]) {
    const run = (first, i, ends) => (i % 2 ? [] : lines.slice(first, ends[i + 1] + 1)), text = (ends) => ends.flatMap(run).join("\n");
    add(parent, "p", from === "." ? "Command to run it again:" : `Command to run it again, in the folder that contains ${from}:`);
    add(parent, "pre", again.join(command));
    if (traceback.length) {
      add(parent, "p", "Error:");
      add(parent, "pre", text(traceback));
    }
    add(parent, "p", "Configuration:");
    add(parent, "pre", text(configuration));
  }

  const shown = {
    status(cell, data) {
      const status = of(cell, "status");
      add(data, "span", filters.letters[status] ?? "?").className = `cell ${status in filters.letters ? status : "failed"}`;
      data.append(` ${status}`);
    },
    score(cell, data) { data.textContent = of(cell, "score")?.toFixed(2) ?? ""; },
    estimator(cell, data, row) {
      data.className = "name";
      const button = add(data, "button", of(cell, "estimator"));
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => toggle(cell, row, button));
    },
  };

  function toggle(cell, row, button) {
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", !open);
    if (open) return row.nextElementSibling.remove();
    const below = document.createElement("tr"), data = add(below, "td", "");
    data.colSpan = columns.length;
    fill(add(data, "div", ""), cell.slice(visible));
    return row.after(below);
  }

  function draw(cell) {
    const row = add(body, "tr", "");
    for (const name of columns) {
      const data = add(row, "td", name in shown ? "" : of(cell, name) ?? "");
      data.className = NUMBERS.includes(name) ? "number" : "";
      shown[name]?.(cell, data, row);
    }
  }

  function drawMore() {
    wanted.slice(drawn, drawn + AT_ONCE).forEach(draw);
    drawn = Math.min(drawn + AT_ONCE, wanted.length);
    document.querySelector("#cell-count").textContent = `${wanted.length.toLocaleString("en")} of ${cells.length.toLocaleString("en")} cells.`;
  }

  function redraw() {
    const kinds = (cell) => ({task: of(cell, "task"), data: of(cell, "data"), family: filters.familyOf(of(cell, "estimator"))});
    wanted = order.filter((cell) => filters.wants(kinds(cell)) && filters.has(cell.slice(0, visible).join(" ")));
    drawn = 0;
    body.replaceChildren();
    drawMore();
  }

  for (const name of columns) {
    const heading = add(table.tHead.rows[0], "th", ""), text = name === "score" && score ? `${score.replaceAll("_", " ")} (nats)` : name;
    heading.scope = "col";
    heading.className = name === "estimator" ? "name" : NUMBERS.includes(name) ? "number" : "";
    const button = add(heading, "button", text);
    button.type = "button";
    button.addEventListener("click", () => {
      order = sorting.sorted(cells, (cell) => (of(cell, name) === "" ? null : of(cell, name)), sorting.turn(heading));
      redraw();
    });
  }
  const watch = new IntersectionObserver((seen) => {
    if (drawn === wanted.length || !seen.some((each) => each.isIntersecting)) return;
    drawMore();
    watch.unobserve(end);  // observing it again reports whether the end is still visible
    watch.observe(end);
  });
  document.addEventListener("filtered", redraw);
  drawMore();
  watch.observe(end);
}
