// Cells are drawn as they come into sight, and what is inside of one when it is opened: there may be ten thousand.
{
  const {cells, lines} = JSON.parse(document.querySelector("#cell-data").textContent);
  const letters = JSON.parse(document.querySelector("#cell-letters").textContent);
  const list = document.querySelector("#cell-list"), end = document.querySelector("#cell-end"), AT_ONCE = 100;
  let wanted = cells, drawn = 0;

  const add = (parent, name, text) => {
    const node = document.createElement(name);
    node.textContent = text;
    parent.append(node);
    return node;
  };

  function fill(details, command, configuration, traceback) {
    const text = (numbers) => numbers.map((number) => lines[number]).join("\n");
    add(details, "p", "Runs it again:");
    add(details, "pre", command);
    if (traceback.length) {
      add(details, "p", "How it ended:");
      add(details, "pre", text(traceback));
    }
    add(details, "pre", text(configuration));
  }

  function draw([name, status, reason, command, configuration, traceback]) {
    const details = add(list, "details", ""), summary = add(details, "summary", "");
    add(summary, "span", letters[status] ?? "?").className = `cell ${status in letters ? status : "failed"}`;
    summary.append(` ${name}${reason ? `: ${reason}` : ""}`);
    details.addEventListener("toggle", () => fill(details, command, configuration, traceback), {once: true});
  }

  function drawMore() {
    wanted.slice(drawn, drawn + AT_ONCE).forEach(draw);
    drawn = Math.min(drawn + AT_ONCE, wanted.length);
    end.textContent = `${drawn} of ${wanted.length} cells`;
  }

  const watch = new IntersectionObserver((seen) => {
    if (drawn === wanted.length || !seen.some((each) => each.isIntersecting)) return;
    drawMore();
    watch.unobserve(end);  // so that it is told again if the end is still in sight
    watch.observe(end);
  });
  document.querySelector("#cell-filter").addEventListener("input", (event) => {
    const part = event.target.value.toLowerCase();
    wanted = cells.filter(([name, status, reason]) => `${name} ${status} ${reason}`.toLowerCase().includes(part));
    drawn = 0;
    list.replaceChildren();
    drawMore();
  });
  drawMore();
  watch.observe(end);
}
