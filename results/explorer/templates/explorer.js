// The explorer's controls. The URL contains the current view.
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

  // Sets one probability; the others change in proportion to their excess over the lowest possible probability.
  function setProbability(place, value) {
    const pi = state.probabilities, floor = LOWEST * (pi.length - 1);
    const wanted = Math.min(1 - floor, Math.max(LOWEST, value)), free = 1 - pi[place] - floor;
    const share = (p) => (free > 1e-9 ? (p - LOWEST) / free : 1 / (pi.length - 1));
    state.probabilities = pi.map((p, i) => (i === place ? wanted : LOWEST + (1 - wanted - floor) * share(p)));
    update();
  }

  // The noise depends only on seed and variable, so that all other changes move each sample smoothly.
  let cached = {};
  function noise() {
    const key = [state.seed, state.variable].join();
    if (cached.key !== key) cached = {key, list: sampling.noise(state.seed, DRAWS, state.probabilities.length, bit())};
    return cached.list;
  }

  // Draws what depends on the temperature; the canvases first, since reading their size after other changes is slow.
  function showRelaxed(tau) {
    const pi = state.probabilities, a = sampling.logits(pi, bit()), drawn = noise(), options = {names: names()};
    const relaxed = drawn.slice(0, POINTS).map((g) => sampling.relaxed(a, g, tau));
    if (pi.length === 3) samples.cloud(one(".cloud"), relaxed);
    samples.map(one(".heat"), relaxed.slice(0, SHOWN));
    samples.bars(part("relaxed"), relaxed[0], {...options, marked: sampling.highest(relaxed[0])});
    samples.bars(part("mean"), sampling.mean(a, drawn, tau), options);
  }

  // Draws what does not depend on the temperature.
  function showSample() {
    const pi = state.probabilities, a = sampling.logits(pi, bit()), first = noise()[0], options = {names: names()};
    const sum = sampling.perturbed(a, first), winner = sampling.highest(sum);
    samples.bars(part("editor"), pi, options);
    samples.bars(part("logits"), a, {...options, reach: 5});
    samples.bars(part("noise"), first, {...options, reach: 5});
    samples.bars(part("sum"), sum, {...options, reach: 5, marked: winner});
    samples.bars(part("hard"), pi.map((_, i) => Number(i === winner)), {...options, marked: winner});
    samples.lines(part("mean"), pi);
    part("changed").hidden = !changed();
    all(".editor .column").forEach((column, i) => column.setAttribute("aria-valuenow", pi[i].toFixed(2)));
    all(".typed input").forEach((input, i) => { input.value = pi[i].toFixed(2); });
  }

  let lines = [], drawn = [];
  function showCharts() {
    const known = measured[state.variable][state.cost].rows;
    lines = data.estimators.filter((row) => row.name in known).map((row) => charts.curves(row, known[row.name], temperatures));
    const shown = lines.filter((line) => !state.alone.size || state.alone.has(line.name));
    drawn = charts.KINDS.map((kind) => charts.draw(one(`svg[data-kind=${kind}]`), kind, shown, temperatures));
    for (const row of all("tr[data-name]")) {
      row.hidden = !(row.dataset.name in known);
      row.querySelector("button").setAttribute("aria-pressed", state.alone.has(row.dataset.name));
      row.classList.toggle("off", state.alone.size > 0 && !state.alone.has(row.dataset.name));
    }
  }

  function showNumbers(tau) {
    for (const {move} of drawn) move(tau);
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

  // Updates only what depends on the temperature, which may change many times per second.
  function follow() {
    const tau = temperature(), text = tau.toFixed(2);
    showRelaxed(tau);
    showNumbers(tau);
    part("temperature").textContent = text;
    control("temperature").setAttribute("aria-valuetext", text);
    clearTimeout(saving);
    saving = setTimeout(save, 200);  // browsers limit the rate of changes of the URL
  }

  function update() {
    follow();
    showSample();
  }

  const changed = () => variables[state.variable].probabilities.some((p, i) => Math.abs(p - state.probabilities[i]) > 0.005);

  function view() {
    const shown = {tau: temperature().toFixed(3), variable: state.variable, cost: state.cost, seed: state.seed};
    if (changed()) shown.pi = state.probabilities.map((p) => p.toFixed(3)).join("-");
    if (state.alone.size) shown.alone = [...state.alone].join("-");
    return HASH + new URLSearchParams(shown);
  }

  // The URL gets the view when the reader changes it; until then it may lead to another part of the page.
  let saving = null, saved = null;
  function save() {
    if (view() === saved || location.protocol === "about:") return;
    saved = view();
    history.replaceState(null, "", saved);
  }

  // Shows the view in the URL; returns whether there is one.
  function restore() {
    if (!location.hash.startsWith(HASH)) return false;
    const asked = new URLSearchParams(location.hash.slice(HASH.length)), tau = Number(asked.get("tau"));
    if (asked.get("variable") in variables) state.variable = asked.get("variable");
    if (asked.get("cost") in data.estimates.costs) state.cost = asked.get("cost");
    if (tau > 0) control("temperature").value = Math.log10(tau);
    state.seed = Number.parseInt(asked.get("seed"), 10) || 1;
    state.alone = new Set((asked.get("alone") ?? "").split("-").filter((name) => data.estimators.some((row) => row.name === name)));
    const pi = (asked.get("pi") ?? "").split("-").map(Number), initial = variables[state.variable].probabilities;
    const valid = pi.length === initial.length && pi.every((p) => p > 0 && p < 1) && Math.abs(pi.reduce((a, b) => a + b) - 1) < 0.02;
    state.probabilities = valid ? pi : [...initial];
    control("cost").value = state.cost;
    rebuild();
    saved = view();
    root.scrollIntoView();
    return true;
  }

  // Makes the elements for each class, whose number depends on the variable.
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
    const drag = (event) => {
      const box = bar.getBoundingClientRect();
      setProbability(place, (box.bottom - event.clientY) / box.height);
    };
    bar.addEventListener("pointerdown", (event) => {
      bar.setPointerCapture(event.pointerId);
      drag(event);
    });
    bar.addEventListener("pointermove", (event) => { if (event.buttons) drag(event); });
    bar.addEventListener("keydown", (event) => {
      if (!(event.key in STEPS || event.key in ENDS)) return;
      event.preventDefault();
      setProbability(place, ENDS[event.key] ?? state.probabilities[place] + STEPS[event.key]);
    });
  }

  // Lowers the temperature from the highest to the lowest in six seconds; a second click stops it.
  let annealing = null;
  function anneal() {
    const button = control("anneal"), slider = control("temperature"), low = Number(slider.min), high = Number(slider.max);
    const stop = () => { cancelAnimationFrame(annealing); annealing = null; button.textContent = "Anneal"; };
    if (annealing !== null) return stop();
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches, length = 6000, begun = performance.now();
    const step = (now) => {
      const share = Math.min(1, (now - begun) / length), shown = reduced ? Math.floor(6 * share) / 6 : share;
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
    const near = (event) => drawn[charts.KINDS.indexOf(svg.dataset.kind)].nearest(event.offsetX, event.offsetY);
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
  window.addEventListener("hashchange", restore);
  for (const each of all("[data-is=draws]")) each.textContent = DRAWS.toLocaleString("en");
  if (!restore()) {
    rebuild();
    saved = view();
  }
})();
