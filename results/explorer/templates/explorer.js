// The explorer: shows samples and curves, and follows what the reader changes. What is seen stands in the address.
(() => {
  const DRAWS = 2000, SHOWN = 60, POINTS = 600, LOWEST = 0.01, HASH = "#explorer:";
  const root = document.querySelector("#explorer"), data = JSON.parse(root.querySelector("script").textContent);
  const {variables, temperatures, measured} = data.estimates;
  const one = (selector) => root.querySelector(selector), all = (selector) => [...root.querySelectorAll(selector)];
  const part = (name) => one(`[data-is=${name}]`), control = (name) => one(`[name=${name}]`);
  const state = {variable: "three", cost: "square", seed: 1, probabilities: [...variables.three.probabilities], alone: new Set()};
  const bit = () => variables[state.variable].bit;
  const names = () => state.probabilities.map((_, i) => String(i + (bit() ? 0 : 1)));
  const temperature = () => 10 ** Number(control("temperature").value);

  // What a class gains the others lose in proportion to what they have above the lowest probability.
  function setProbability(place, value) {
    const pi = state.probabilities, floor = LOWEST * (pi.length - 1);
    const wanted = Math.min(1 - floor, Math.max(LOWEST, value)), free = 1 - pi[place] - floor;
    const share = (p) => (free > 1e-9 ? (p - LOWEST) / free : 1 / (pi.length - 1));
    state.probabilities = pi.map((p, i) => (i === place ? wanted : LOWEST + (1 - wanted - floor) * share(p)));
    update();
  }

  // The noise depends on the seed alone, so that what else changes moves every sample smoothly.
  let remembered = {};
  function noise() {
    const key = [state.seed, state.variable].join();
    if (remembered.key !== key) remembered = {key, list: sampling.noise(state.seed, DRAWS, state.probabilities.length, bit())};
    return remembered.list;
  }

  // The canvases first: they ask for their size, which is known as long as nothing else has changed.
  function showRelaxed(tau) {
    const pi = state.probabilities, a = sampling.logits(pi, bit()), drawn = noise(), told = {names: names()};
    const relaxed = drawn.slice(0, POINTS).map((g) => sampling.relaxed(a, g, tau));
    if (pi.length === 3) samples.cloud(one(".cloud"), relaxed);
    samples.map(one(".heat"), relaxed.slice(0, SHOWN));
    samples.bars(part("relaxed"), relaxed[0], {...told, marked: sampling.highest(relaxed[0])});
    samples.bars(part("mean"), sampling.mean(a, drawn, tau), told);
  }

  function showChosen() {
    const pi = state.probabilities, a = sampling.logits(pi, bit()), first = noise()[0], told = {names: names()};
    const sum = sampling.perturbed(a, first), winner = sampling.highest(sum);
    samples.bars(part("editor"), pi, told);
    samples.bars(part("logits"), a, {...told, reach: 5});
    samples.bars(part("noise"), first, {...told, reach: 5});
    samples.bars(part("sum"), sum, {...told, reach: 5, marked: winner});
    samples.bars(part("hard"), pi.map((_, i) => Number(i === winner)), {...told, marked: winner});
    samples.lines(part("mean"), pi);
    part("changed").hidden = !changed();
    all(".editor .column").forEach((column, i) => column.setAttribute("aria-valuenow", pi[i].toFixed(2)));
    all(".typed input").forEach((input, i) => { input.value = pi[i].toFixed(2); });
  }

  let lines = [], moved = [];
  function showCharts() {
    const found = measured[state.variable][state.cost].rows;
    lines = data.estimators.filter((row) => row.name in found).map((row) => charts.curves(row, found[row.name], temperatures));
    const shown = lines.filter((line) => !state.alone.size || state.alone.has(line.name));
    moved = charts.KINDS.map((kind) => charts.draw(one(`svg[data-kind=${kind}]`), kind, shown, temperatures));
    for (const row of all("tr[data-name]")) {
      row.hidden = !(row.dataset.name in found);
      row.querySelector("button").setAttribute("aria-pressed", state.alone.has(row.dataset.name));
      row.classList.toggle("off", state.alone.size > 0 && !state.alone.has(row.dataset.name));
    }
  }

  function showNumbers(tau) {
    for (const {move} of moved) move(tau);
    const percent = (value) => `${(100 * value).toFixed(value < 0.1 ? 1 : 0)} %`;
    for (const line of lines) {
      const row = one(`tr[data-name=${line.name}]`);
      for (const kind of charts.KINDS) row.querySelector(`[data-is=${kind}]`).textContent = percent(charts.between(line[kind], temperatures, tau));
    }
  }

  function point(name) {
    for (const svg of all("svg[data-kind]")) svg.classList.toggle("pointing", name !== null);
    for (const each of all("g.line, tr[data-name]")) each.classList.toggle("pointed", each.dataset.name === name);
  }

  function isolate(name) {
    if (!state.alone.delete(name)) state.alone.add(name);
    showCharts();
    update();
  }

  // What the temperature changes, and nothing else: it moves many times a second.
  function follow() {
    const tau = temperature(), text = tau.toFixed(2);
    showRelaxed(tau);
    showNumbers(tau);
    part("temperature").textContent = text;
    control("temperature").setAttribute("aria-valuetext", text);
    clearTimeout(remembering);
    remembering = setTimeout(remember, 200);  // browsers refuse hundreds of addresses
  }

  function update() {
    follow();
    showChosen();
  }

  const changed = () => variables[state.variable].probabilities.some((p, i) => Math.abs(p - state.probabilities[i]) > 0.005);

  // The address tells what is seen, so that it can be sent to somebody.
  let remembering = null;
  function remember() {
    const told = {tau: temperature().toFixed(3), variable: state.variable, cost: state.cost, seed: state.seed};
    if (changed()) told.pi = state.probabilities.map((p) => p.toFixed(3)).join("-");
    if (state.alone.size) told.alone = [...state.alone].join("-");
    if (location.protocol !== "about:") history.replaceState(null, "", HASH + new URLSearchParams(told));
  }

  function recall() {
    if (!location.hash.startsWith(HASH)) return false;
    clearTimeout(remembering);
    const told = new URLSearchParams(location.hash.slice(HASH.length)), tau = Number(told.get("tau"));
    if (told.get("variable") in variables) state.variable = told.get("variable");
    if (told.get("cost") in data.estimates.costs) state.cost = told.get("cost");
    if (tau > 0) control("temperature").value = Math.log10(tau);
    state.seed = Number.parseInt(told.get("seed"), 10) || 1;
    state.alone = new Set((told.get("alone") ?? "").split("-").filter((name) => data.estimators.some((row) => row.name === name)));
    const pi = (told.get("pi") ?? "").split("-").map(Number), known = variables[state.variable].probabilities;
    const sound = pi.length === known.length && pi.every((p) => p > 0 && p < 1) && Math.abs(pi.reduce((a, b) => a + b) - 1) < 0.02;
    state.probabilities = sound ? pi : [...known];
    control("cost").value = state.cost;
    rebuild();
    root.scrollIntoView();
    return true;
  }

  // What there is one of for each class is made anew when the variable changes.
  function rebuild() {
    const columns = () => names().map((name) => column(name));
    for (const bars of all(".bars")) bars.replaceChildren(...columns());
    all(".editor .column").forEach(makeEditable);
    one(".typed").replaceChildren(...names().map(numberInput));
    for (const each of all("[data-only]")) each.hidden = !each.dataset.only.split(" ").includes(bit() ? "bit" : `${names().length}` === "3" ? "three" : "more");
    for (const radio of all("[name=explorer-variable]")) radio.checked = radio.value === state.variable;
    showCharts();
    update();
  }

  function column(name) {
    const made = one("template").content.firstElementChild.cloneNode(true);
    made.querySelector("b").hidden = true;
    made.querySelector("small").textContent = name;
    return made;
  }

  function numberInput(name, place) {
    const label = document.createElement("label"), text = document.createElement("span");
    const input = Object.assign(document.createElement("input"), {type: "number", min: LOWEST, max: 1, step: 0.01});
    text.textContent = `probability of class ${name}`;
    input.addEventListener("change", () => setProbability(place, Number(input.value) || LOWEST));
    label.append(text, input);
    return label;
  }

  const STEPS = {ArrowUp: 0.01, ArrowRight: 0.01, ArrowDown: -0.01, ArrowLeft: -0.01, PageUp: 0.1, PageDown: -0.1};
  const ENDS = {Home: 0, End: 1};

  function makeEditable(bar, place) {
    const label = `probability of class ${names()[place]}`;
    const attributes = {role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-label": label, "aria-valuemin": LOWEST, "aria-valuemax": 1};
    for (const [name, value] of Object.entries(attributes)) bar.setAttribute(name, value);
    const follow = (event) => {
      const box = bar.getBoundingClientRect();
      setProbability(place, (box.bottom - event.clientY) / box.height);
    };
    bar.addEventListener("pointerdown", (event) => {
      bar.setPointerCapture(event.pointerId);
      follow(event);
    });
    bar.addEventListener("pointermove", (event) => { if (event.buttons) follow(event); });
    bar.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS || event.key in ENDS)) return;
      event.preventDefault();
      setProbability(place, ENDS[event.key] ?? state.probabilities[place] + STEPS[event.key]);
    });
  }

  // From the highest temperature to the lowest in some seconds; pressed again, it stops where it is.
  let annealing = null;
  function anneal() {
    const button = control("anneal"), slider = control("temperature"), low = Number(slider.min), high = Number(slider.max);
    const stop = () => { cancelAnimationFrame(annealing); annealing = null; button.textContent = "Anneal"; };
    if (annealing !== null) return stop();
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches, length = 6000, begun = performance.now();
    const step = (now) => {
      const share = Math.min(1, (now - begun) / length), shown = calm ? Math.floor(6 * share) / 6 : share;
      slider.value = high - shown * (high - low);
      follow();
      annealing = share < 1 ? requestAnimationFrame(step) : null;
      if (annealing === null) stop();
    };
    button.textContent = "Stop";
    annealing = requestAnimationFrame(step);
    return annealing;
  }

  function setVariable(name) {
    state.variable = name;
    state.probabilities = [...variables[name].probabilities];
    rebuild();
  }

  for (const radio of all("[name=explorer-variable]")) radio.addEventListener("change", () => setVariable(radio.value));
  part("back").addEventListener("click", () => setVariable(state.variable));
  control("resample").addEventListener("click", () => { state.seed += 1; update(); });
  control("anneal").addEventListener("click", anneal);
  control("temperature").addEventListener("input", follow);
  control("cost").addEventListener("change", ({target}) => { state.cost = target.value; showCharts(); update(); });
  for (const svg of all("svg[data-kind]")) {
    const near = (event) => moved[charts.KINDS.indexOf(svg.dataset.kind)].nearest(event.offsetX, event.offsetY);
    svg.addEventListener("pointermove", (event) => point(near(event)));
    svg.addEventListener("pointerleave", () => point(null));
    svg.addEventListener("click", (event) => { const name = near(event); if (name !== null) isolate(name); });
  }
  for (const row of all("tr[data-name]")) {
    const {name} = row.dataset, button = row.querySelector("button");
    button.prepend(plotting.sample(data.estimators.find((each) => each.name === name)));
    for (const kind of ["pointerenter", "focusin"]) row.addEventListener(kind, () => point(name));
    for (const kind of ["pointerleave", "focusout"]) row.addEventListener(kind, () => point(null));
    button.addEventListener("click", () => isolate(name));
  }
  new ResizeObserver(() => { showCharts(); follow(); }).observe(one(".charts"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow);
  window.addEventListener("hashchange", recall);
  for (const each of all("[data-is=draws]")) each.textContent = DRAWS.toLocaleString("en");
  if (!recall()) rebuild();
})();
