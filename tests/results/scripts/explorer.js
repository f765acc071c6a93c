// What a reader does with the explorer: returns what is seen after each step.
const root = document.querySelector("#explorer"), one = (selector) => root.querySelector(selector), all = (selector) => [...root.querySelectorAll(selector)];
const columns = (name) => [...one(`[data-is=${name}]`).children];
const heights = (name) => columns(name).map((each) => parseFloat(each.firstChild.style.height));
const written = (name) => columns(name).map((each) => Number(each.querySelector("em").textContent.replace("\u2212", "-")));
const rows = () => Object.fromEntries(all("tr[data-name]:not([hidden])").map((row) => [row.dataset.name, [...row.cells].slice(1).map((cell) => cell.textContent).join()]));
const change = (control, value, event) => { control.value = value; control.dispatchEvent(new Event(event)); };
const look = () => ({
  relaxed: heights("relaxed"), hard: heights("hard"), mean: heights("mean"), pi: heights("editor"), rows: rows(),
  numbers: Object.fromEntries(["logits", "noise", "sum", "hard", "relaxed"].map((name) => [name, written(name)])),
  temperature: one("[data-is=temperature]").textContent, cursor: Number(one(".cursor").getAttribute("x1")), changed: !one("[data-is=changed]").hidden,
  cloud: one(".cloud").toDataURL(), heat: one(".heat").toDataURL(), variable: one("[name=explorer-variable]:checked").value,
});
await new Promise((done) => setTimeout(done, 300));  // longer than a change takes to reach the address
const seen = {first: look(), unread: location.hash}, temperature = one("[name=temperature]");
change(temperature, -1.3, "input"); seen.cold = look();
change(temperature, 1, "input"); seen.hot = look();
change(temperature, -0.3, "input"); seen.again = look();
change(one("[name=cost]"), "far", "change"); seen.far = look();
change(one("[name=cost]"), "square", "change");
one("[name=resample]").click(); seen.resampled = look();
change(all(".typed input")[2], 0.6, "change"); seen.typed = look();
while (!location.hash) await new Promise((done) => setTimeout(done, 10));
seen.address = location.hash;
const bar = all(".editor .column")[0], box = bar.getBoundingClientRect();
bar.dispatchEvent(new KeyboardEvent("keydown", {key: "PageUp", bubbles: true})); seen.pressed = look();
bar.setPointerCapture = () => {};
bar.dispatchEvent(new PointerEvent("pointerdown", {clientY: box.bottom - 0.75 * box.height})); seen.dragged = look();
one("[data-is=back]").click(); seen.back = look();
const row = one("tr[data-name=gumbel_softmax]");
row.dispatchEvent(new PointerEvent("pointerenter")); seen.pointed = all(".pointed").map((each) => each.dataset.name);
row.dispatchEvent(new PointerEvent("pointerleave"));
row.querySelector("button").click(); seen.alone = all("g.line").map((each) => each.dataset.name);
row.querySelector("button").click();
one("[value=six]").click(); seen.six = look();
one("[value=bit]").click(); seen.bit = look();
one("[name=anneal]").click(); seen.annealing = [one("[name=anneal]").textContent];
one("[name=anneal]").click(); seen.annealing.push(one("[name=anneal]").textContent);
const controls = all("button, input, select, [role=slider]");
const named = (each) => each.textContent || each.closest("label")?.textContent || each.ariaLabel;
seen.nameless = controls.filter((each) => each.tabIndex < 0 || !named(each)).length;
seen.faint = faint();
location.hash = "#explorer:tau=2&variable=bit&cost=fourth&seed=3&pi=0.6-0.4";
await new Promise((done) => window.addEventListener("hashchange", done, {once: true}));
seen.recalled = look();
return seen;
