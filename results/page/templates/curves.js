// Learning curves: hovering reads values, clicking a line or a name shows it alone; the keyboard does the same.
{
  const number = (value) => value.toLocaleString("en", {maximumFractionDigits: 1});
  const element = (name, text, parent) => {
    const made = document.createElement(name);
    made.textContent = text;
    parent.append(made);
    return made;
  };

  function explore(figure) {
    const plot = JSON.parse(figure.querySelector("script").textContent), area = figure.querySelector(".plot");
    const select = figure.querySelector("select"), names = figure.querySelector(".names"), readout = figure.querySelector(".readout");
    const svg = area.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    svg.classList.add("shown");
    const alone = new Set();  // the names of the lines that are shown; empty for all
    let lines = [], above = [], pointed = null, at = null, width = 0;

    const possible = () => plot.lines.filter((line) => filters.wants({family: filters.familyOf(line.name)}) && filters.has(`${line.name} ${plot.title}`));
    const visible = () => possible().filter((line) => !alone.size || alone.has(line.name));

    function redraw() {
      width = Math.max(280, area.clientWidth || 760);
      ({lines, above} = plotting.draw(svg, visible(), select.value, width, width < 500 ? 300 : 380));
      point(null, null);
    }

    function point(name, left) {
      [pointed, at] = [name, left];
      svg.classList.toggle("pointing", name !== null);
      for (const group of svg.querySelectorAll("g.line")) group.classList.toggle("pointed", group.dataset.name === name);
      for (const button of names.children) button.classList.toggle("pointed", button.dataset.name === name);
      const cursor = svg.querySelector(".cursor");
      cursor?.setAttribute("visibility", left === null ? "hidden" : "visible");
      if (left !== null) for (const end of ["x1", "x2"]) cursor?.setAttribute(end, left);
      showValues();
    }

    // For each line its point nearest to the cursor, the lowest first.
    function near() {
      const closest = (line) => line.points.reduce((a, b) => (Math.abs(b.left - at) < Math.abs(a.left - at) ? b : a));
      return lines.map((line) => [line, closest(line)]).sort((a, b) => a[1].y - b[1].y);
    }

    function showValues() {
      readout.replaceChildren();
      if (at === null) {
        const text = above.map((line) => `${line.name} (${number(line.points.at(-1).y)})`).join(", ");
        if (text) element("span", `Final values above the plot: ${text}`, readout).className = "beyond";
        return;
      }
      const shown = near(), together = new Set(shown.map(([, p]) => p.step)).size === 1;
      if (together) element("span", `Step ${number(shown[0][1].step)}`, readout).className = "beyond";
      for (const [line, p] of shown) {
        const item = element("span", "", readout);
        item.className = line.name === pointed ? "read pointed" : "read";
        const band = line.low.length ? ` [${p.low.toFixed(2)}, ${p.high.toFixed(2)}]` : "";
        item.append(plotting.sample(line), ` ${line.name} `, Object.assign(document.createElement("b"), {textContent: p.y.toFixed(2)}), together ? band : `${band} (step ${number(p.step)})`);
      }
    }

    function isolate(name) {
      if (!alone.delete(name)) alone.add(name);
      showNames();
      redraw();
    }

    function showNames() {
      names.replaceChildren();
      for (const line of possible()) {
        const button = element("button", "", names);
        button.type = "button";
        button.dataset.name = line.name;
        button.setAttribute("aria-pressed", alone.has(line.name));
        button.classList.toggle("off", alone.size > 0 && !alone.has(line.name));
        button.append(plotting.sample(line), line.name);
        button.addEventListener("click", () => isolate(line.name));
        button.addEventListener("pointerenter", () => point(line.name, at));
        button.addEventListener("pointerleave", () => point(null, at));
      }
      if (alone.size) element("button", "all", names).addEventListener("click", () => { alone.clear(); showNames(); redraw(); });
    }

    function nearest(event) {
      const box = svg.getBoundingClientRect(), left = ((event.clientX - box.left) / box.width) * width, top = event.clientY - box.top;
      at = left;
      const far = (p) => Math.hypot(p.left - left, p.top - top);
      const distances = lines.map((line) => [line.name, between(line.points, left, top, far)]);
      return [distances.reduce((a, b) => (b[1] < a[1] ? b : a), [null, 60])[0], left];
    }

    // Distance from the pointer to a line: vertical between its points, else to its nearest end.
    function between(points, left, top, far) {
      const next = points.findIndex((p) => p.left >= left);
      if (next < 1) return far(next < 0 ? points.at(-1) : points[0]);
      const [a, b] = [points[next - 1], points[next]];
      return Math.abs(a.top + ((b.top - a.top) * (left - a.left)) / (b.left - a.left || 1) - top);
    }

    function press(event) {
      const places = [...new Set(lines.flatMap((line) => line.points.map((p) => p.left)))].sort((a, b) => a - b);
      const order = at === null ? [] : near().map(([line]) => line.name);
      const now = at === null ? -1 : places.reduce((best, each, i) => (Math.abs(each - at) < Math.abs(places[best] - at) ? i : best), 0);
      const along = {ArrowRight: now + 1, ArrowLeft: now < 0 ? places.length - 1 : now - 1, Home: 0, End: places.length - 1}[event.key];
      const up = {ArrowUp: 1, ArrowDown: -1}[event.key];
      if (along !== undefined) point(pointed, places[Math.min(places.length - 1, Math.max(0, along))] ?? null);
      else if (up) point(order[(order.indexOf(pointed) + up + order.length) % order.length] ?? lines[0]?.name ?? null, at ?? places.at(-1) ?? null);
      else if (event.key === "Enter" && pointed !== null) isolate(pointed);
      else if (event.key === "Escape") { alone.clear(); showNames(); redraw(); }
      else return;
      event.preventDefault();
    }

    svg.addEventListener("pointermove", (event) => point(...nearest(event)));
    svg.addEventListener("pointerleave", () => point(null, null));
    svg.addEventListener("click", (event) => {
      const [name] = nearest(event);
      if (name !== null) isolate(name);
    });
    area.addEventListener("keydown", press);
    select.addEventListener("change", redraw);
    document.addEventListener("filtered", () => { showNames(); redraw(); });
    new ResizeObserver(() => { if (area.clientWidth && area.clientWidth !== width) redraw(); }).observe(area);
    showNames();
    redraw();
  }

  // A plot is drawn when it scrolls into view; all are drawn before printing.
  const figures = [...document.querySelectorAll("figure.explore")], begun = new Set();
  const begin = (figure) => { if (!begun.has(figure)) { begun.add(figure); explore(figure); } };
  const watch = new IntersectionObserver((seen) => seen.filter((each) => each.isIntersecting).forEach((each) => begin(each.target)), {rootMargin: "400px"});
  for (const figure of figures) watch.observe(figure);
  window.addEventListener("beforeprint", () => figures.forEach(begin));
}
