// Cells are drawn as they come into sight, and what is inside of one when it is opened: there may be ten thousand.
{
  const {columns, cells, lines, again, score, from} = JSON.parse(document.querySelector("#cell-data").textContent);
  const table = document.querySelector("#cell-list"), body = table.tBodies[0], end = document.querySelector("#cell-end"), AT_ONCE = 100;
  const of = (cell, name) => cell[columns.indexOf(name)], inside = columns.length;
  let order = cells, wanted = cells, drawn = 0;

  const add = (parent, name, text) => {
    const node = document.createElement(name);
    node.textContent = text;
    parent.append(node);
    return node;
  };

  function fill(parent, [command, configuration, traceback]) {
    const text = (numbers) => numbers.map((number) => lines[number]).join("\n");
    add(parent, "p", from === "." ? "Runs it again:" : `Runs it again, in the folder that holds ${from}:`);
    add(parent, "pre", again.join(command));
    if (traceback.length) {
      add(parent, "p", "How it ended:");
      add(parent, "pre", text(traceback));
    }
    add(parent, "pre", text(configuration));
  }

  const shown = {
    status(cell, data) {
      const status = of(cell, "status");
      add(data, "span", filters.letters[status] ?? "?").className = `cell ${status in filters.letters ? status : "failed"}`;
      data.append(` ${status}`);
    },
    score(cell, data) {
      data.textContent = of(cell, "score")?.toFixed(2) ?? "";
      data.dataset.number = of(cell, "score");
    },
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
    fill(add(data, "div", ""), cell.slice(inside));
    return row.after(below);
  }

  function draw(cell) {
    const row = add(body, "tr", "");
    for (const name of columns) {
      const data = add(row, "td", name in shown ? "" : of(cell, name) ?? "");
      shown[name]?.(cell, data, row);
    }
  }

  function drawMore() {
    wanted.slice(drawn, drawn + AT_ONCE).forEach(draw);
    drawn = Math.min(drawn + AT_ONCE, wanted.length);
    end.textContent = `${drawn} of ${wanted.length} cells`;
  }

  function redraw() {
    const part = document.querySelector("#cell-filter").value.toLowerCase();
    const has = (cell) => cell.slice(0, inside).join(" ").toLowerCase().includes(part);
    const kinds = (cell) => ({task: of(cell, "task"), data: of(cell, "data"), family: filters.familyOf(of(cell, "estimator"))});
    wanted = order.filter((cell) => has(cell) && filters.wants(kinds(cell)));
    drawn = 0;
    body.replaceChildren();
    drawMore();
  }

  for (const name of columns) {
    const heading = add(table.tHead.rows[0], "th", ""), words = name === "score" && score ? score.replaceAll("_", " ") : name;
    heading.scope = "col";
    heading.className = name === "estimator" ? "name" : "";
    const button = add(heading, "button", words);
    button.type = "button";
    button.addEventListener("click", () => {
      order = sorting.sorted(cells, (cell) => (of(cell, name) === "" ? null : of(cell, name)), sorting.turn(heading));
      redraw();
    });
  }
  const watch = new IntersectionObserver((seen) => {
    if (drawn === wanted.length || !seen.some((each) => each.isIntersecting)) return;
    drawMore();
    watch.unobserve(end);  // so that it is told again if the end is still in sight
    watch.observe(end);
  });
  document.querySelector("#cell-filter").addEventListener("input", redraw);
  document.addEventListener("filtered", redraw);
  drawMore();
  watch.observe(end);
}
