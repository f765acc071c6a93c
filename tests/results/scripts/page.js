// What a reader does with the page of a report: returns what is seen after each step.
window.dispatchEvent(new Event("beforeprint"));  // draws what is not in sight
const seen = {}, of = (selector, inside = document) => inside.querySelector(selector);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const change = (control, value, event) => { control.value = value; control.dispatchEvent(new Event(event, {bubbles: true})); };
const visible = (nodes) => nodes.filter((node) => node.getClientRects().length).length;

const table = of("#data-1"), headings = [...table.tHead.rows[0].cells];
const order = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
const sort = (column) => { headings[column].querySelector("button").click(); return [order(), headings[column].getAttribute("aria-sort")]; };
seen.sorted = {up: sort(1), down: sort(1), names: sort(0)};

const typed = of("#filters [name=text]"), rows = () => visible(all("#data-1 tbody tr"));
seen.typed = [rows(), ...["NVIL", "nothing", ""].map((text) => { change(typed, text, "input"); return rows(); })];

const counts = () => ({cells: visible(all("#cell-list tbody tr")), rows: rows(), columns: visible(headings), figures: visible(all("figure.explore")),
  lines: all("figure.explore")[0].querySelectorAll("g.line").length});
const choose = (name, value) => { change(of(`#filters [name=${name}]`), value, "input"); return counts(); };
const settle = () => new Promise((done) => setTimeout(done, 100));
return settle().then(() => {
  seen.families = all("#filters [name=family] option").map((each) => each.textContent);
  const typing = (text) => { change(typed, text, "input"); return counts(); };
  seen.text = [typing("nvil"), typing("categorical"), typing("")];
  seen.filtered = {none: counts(), task: choose("task", "vae_categorical"), back: choose("task", ""), family: choose("family", "score function")};
  choose("family", "");

  const cell = of("#cell-list tbody button");
  cell.click(); seen.cell = [cell.getAttribute("aria-expanded"), of("#cell-list pre").textContent, all("#cell-list pre").at(-1).textContent];
  const byScore = all("#cell-list thead button").find((each) => each.textContent.includes("bound"));
  const scores = () => all("#cell-list tbody tr").map((row) => row.cells[6]?.textContent);
  byScore.click(); seen.up = scores(); byScore.click(); seen.down = scores();

  const figure = of("figure.explore[data-task=vae_bernoulli]"), svg = of("svg.shown", figure), box = svg.getBoundingClientRect();
  const read = () => all(".read", figure).map((each) => each.textContent.trim());
  const points = (name) => of(`g.line[data-name="${name}"] polyline`, figure).getAttribute("points").split(" ").map((pair) => pair.split(",").map(Number));
  const at = ([x, y], kind) => svg.dispatchEvent(new PointerEvent(kind, {clientX: box.left + x, clientY: box.top + y, bubbles: true}));
  const lines = () => all("g.line", figure).map((each) => each.dataset.name), pointed = () => all("g.line.pointed", figure).map((each) => each.dataset.name);
  at(points("NVIL")[0], "pointermove"); seen.hover = [pointed(), read(), of(".readout", figure).firstChild.textContent];
  at(points("NVIL")[0], "click"); seen.alone = lines();
  at(points("NVIL")[0], "click"); seen.together = lines();
  of("button[data-name=MuProp]", figure).click(); seen.named = lines();
  of("button[data-name=NVIL]", figure).click(); seen.two = lines();

  const area = of(".plot", figure), press = (key) => area.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  press("Escape"); seen.escaped = lines();
  press("End"); seen.end = read(); press("ArrowLeft"); seen.left = read();
  press("ArrowUp"); press("ArrowUp"); seen.pointed = pointed(); press("Enter"); seen.entered = lines();
  press("Escape");

  const ratio = (name) => { const [a, b, c] = points(name).map(([x]) => x); return [(b - a) / (c - b), b - a]; };
  const against = of("select", figure);
  change(against, "seconds", "change"); seen.seconds = ratio("NVIL");
  change(against, "evaluations", "change"); seen.evaluations = [ratio("MuProp"), ratio("NVIL")];

  const controls = all("button, input, summary, a, select, [tabindex]");
  const named = (each) => each.textContent || each.closest("label")?.textContent || each.ariaLabel;
  seen.nameless = controls.filter((each) => each.tabIndex < 0 || !named(each)).length;
  seen.hostile = [document.title, all("img[onerror]").length, document.body.textContent.includes("onerror")];
  of("#figures").scrollIntoView();
  seen.under = of("#figures h2").getBoundingClientRect().top - of("#filters").getBoundingClientRect().bottom;
  seen.wide = [document.documentElement.scrollWidth, document.documentElement.clientWidth];
  seen.loaded = performance.getEntriesByType("resource").filter((each) => !each.name.startsWith("data:")).length;
  return {...seen, faint: faint()};
});
