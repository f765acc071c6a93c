// The explorer: shows samples and gradients, and follows what the reader changes.
(() => {
  "use strict";
  const DRAWS = 2000, SHOWN = 60, LOWEST = 0.01;
  const root = document.querySelector("#explorer");
  const one = (selector) => root.querySelector(selector), all = (selector) => [...root.querySelectorAll(selector)];
  const part = (name) => one(`[data-is=${name}]`), control = (name) => one(`[name=${name}]`);
  const gap = Number(root.dataset.gap), conditionalSamples = Number(root.dataset.conditionalSamples);
  const range = (count) => [...Array(count).keys()];

  // A bit is shown and edited as two classes, 0 and 1, of which its code holds the second.
  const FAMILIES = {
    categorical: {
      first: 1,
      distribution: (pi) => gumbel.categorical(pi.map(Math.log)),
      values: (pi) => pi.map((_, i) => i / (pi.length - 1)),
      shown: (code) => code,
    },
    bernoulli: {
      first: 0,
      distribution: (pi) => gumbel.bernoulli([Math.log(pi[1] / pi[0])]),
      values: () => [1],
      shown: ([bit]) => [1 - bit, bit],
    },
  };
  const state = {
    family: "categorical", seed: 1, place: 1,
    probabilities: {categorical: [0.1, 0.32, 0.06, 0.22, 0.22, 0.08], bernoulli: [0.3, 0.7]},
  };
  const probabilities = () => state.probabilities[state.family];
  const classNames = () => probabilities().map((_, i) => String(i + FAMILIES[state.family].first));
  const temperature = (name) => 10 ** Number(control(name).value);

  // What a class gains the others lose in proportion to what they have above the lowest probability.
  function setProbability(place, value) {
    const pi = probabilities(), floor = LOWEST * (pi.length - 1);
    const wanted = Math.min(1 - floor, Math.max(LOWEST, value)), free = 1 - pi[place] - floor;
    const share = (p) => (free > 1e-9 ? (p - LOWEST) / free : 1 / (pi.length - 1));
    const moved = (p, i) => (i === place ? wanted : LOWEST + (1 - wanted - floor) * share(p));
    state.probabilities[state.family] = pi.map(moved);
    update();
  }

  function setClasses(count) {
    const kept = state.probabilities.categorical.slice(0, count);
    const pi = range(count).map((i) => kept[i] ?? 1 / count), total = pi.reduce((a, b) => a + b);
    state.probabilities.categorical = pi.map((p) => LOWEST + (1 - LOWEST * count) * (p / total));
    state.place = Math.min(state.place, count - 1);
  }

  // The draws depend on the seed alone, so that what else changes moves every sample smoothly.
  let remembered = {};
  function draws(size) {
    const key = `${state.seed} ${size}`;
    if (remembered.key !== key) {
      const next = gumbel.random(state.seed), uniform = () => range(size).map(next);
      const draw = () => ({first: uniform(), second: uniform(), conditional: range(conditionalSamples).map(uniform)});
      remembered = {key, list: range(DRAWS).map(draw)};
    }
    return remembered.list;
  }

  const percent = (value) => `${(100 * value).toFixed(2)}%`;
  const signed = (value, digits) => value.toFixed(digits).replace("-", "\u2212");
  const tell = (values) => classNames().map((name, i) => `${name}: ${values[i].toFixed(2)}`).join(", ");

  function showBars(name, values, marks) {
    const bars = part(name);
    [...bars.children].forEach((column, i) => {
      column.querySelector("i").style.height = percent(values[i]);
      column.querySelector("b").hidden = !marks;
      if (marks) column.querySelector("b").style.bottom = percent(marks[i]);
    });
    if (name !== "editor") bars.setAttribute("aria-label", tell(values));
  }

  function showSamples(situations) {
    const pi = probabilities(), shown = FAMILIES[state.family].shown;
    const relaxed = situations.map(({q, noise, temperature}) => shown(q.relax(noise, temperature)));
    showBars("editor", pi);
    showBars("relaxed", relaxed[0]);
    showBars("hard", shown(situations[0].z));
    showBars("mean", gumbel.average(relaxed), pi);
    all(".editor .column").forEach((column, i) => column.setAttribute("aria-valuenow", pi[i].toFixed(2)));
    all(".typed input").forEach((input, i) => { input.value = pi[i].toFixed(2); });
    all(".heat > span").forEach((cell, i) => {
      const value = relaxed[Math.floor(i / pi.length)][i % pi.length];
      cell.style.setProperty("--value", (100 * value).toFixed(1));
    });
  }

  function showRow(row, values, exact, axis) {
    const {mean, deviation, error} = estimates.moments(values), bias = mean - exact;
    const number = (value) => signed(value, axis.digits);
    row.querySelector(".shape").setAttribute("d", estimates.outline(values, axis));
    for (const end of ["x1", "x2"]) row.querySelector(".average").setAttribute(end, estimates.onAxis(mean, axis));
    const {below, above} = estimates.beyond(values, axis);
    row.querySelector(".below").textContent = below ? `\u25C2 ${below} %` : "";
    row.querySelector(".above").textContent = above ? `${above} % \u25B8` : "";
    const told = row.querySelector("[data-is=bias]");
    told.textContent = `${number(bias)} ± ${number(error)}`;
    told.classList.toggle("sure", Math.abs(bias) > 3 * error + 1e-12);
    row.querySelector("[data-is=deviation]").textContent = number(deviation);
    row.querySelector("svg").setAttribute("aria-label", `mean ${number(mean)}, exact ${number(exact)}`);
  }

  function showAxis(axis, exact) {
    one(".axis").replaceChildren(...axis.ticks.map((value) => {
      const label = document.createElement("span");
      label.style.left = percent(axis.at(value));
      label.textContent = signed(value, axis.digits - 2);
      return label;
    }));
    one(".estimates").style.setProperty("--exact", percent(axis.at(exact)));
    one(".estimates").style.setProperty("--zero", percent(axis.at(0)));
    part("exact").textContent = `exact ${signed(exact, axis.digits)}`;
  }

  function showGradients(situations) {
    const {q, f} = situations[0], place = state.family === "bernoulli" ? 0 : state.place;
    const exact = gumbel.exact(q, f)[place], axis = estimates.axis(q, f, place, exact);
    for (const row of all("tr[data-name]")) {
      row.hidden = !row.dataset.families.split(" ").includes(state.family);
      const estimate = gumbel.estimators[row.dataset.name];
      if (!row.hidden) showRow(row, situations.map((each) => estimate(each)[place]), exact, axis);
    }
    showAxis(axis, exact);
  }

  function formula(values, target, power) {
    const lowered = (i) => [...String(i)].map((digit) => String.fromCharCode(0x2080 + Number(digit))).join("");
    const name = (i) => (state.family === "bernoulli" ? "z" : `z${lowered(i + 1)}`);
    const terms = values.map((v, i) => [v, name(i)]).filter(([v]) => v);
    const written = terms.map(([v, z]) => (v === 1 ? z : `${Number(v.toFixed(2))} ${z}`));
    return `f(z) = (${written.join(" + ")} \u2212 ${target})${power === 2 ? "\u00B2" : "\u2074"}`;
  }

  function update() {
    const family = FAMILIES[state.family], pi = probabilities(), q = family.distribution(pi);
    const target = Number(control("target").value), power = Number(control("power").value);
    const settings = {temperature: temperature("temperature"), backward: temperature("backward"), gap};
    const f = gumbel.cost(family.values(pi), target, power);
    const situations = draws(q.mean.length).map((draw) => gumbel.situation(q, f, draw, settings));
    for (const name of ["temperature", "backward"]) {
      const text = settings[name].toFixed(2);
      part(name).textContent = text;
      control(name).setAttribute("aria-valuetext", text);
    }
    part("formula").textContent = formula(family.values(pi), target, power);
    showSamples(situations);
    showGradients(situations);
  }

  // What there is one of for each class is made anew when their number or the family changes.
  function rebuild() {
    const names = classNames(), columns = () => names.map((name) => column(name));
    for (const bars of all(".bars")) bars.replaceChildren(...columns());
    all(".editor .column").forEach(makeEditable);
    one(".typed").replaceChildren(...names.map(numberInput));
    one(".heat").style.gridTemplateRows = `repeat(${names.length}, 1fr)`;
    one(".heat").replaceChildren(...range(SHOWN * names.length).map(() => document.createElement("span")));
    control("place").replaceChildren(...names.map((name, i) => new Option(name, i, false, i === state.place)));
    for (const each of all("[data-only]")) each.hidden = each.dataset.only !== state.family;
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
    const label = `probability of class ${classNames()[place]}`;
    const attributes = {role: "slider", tabindex: 0, "aria-orientation": "vertical", "aria-label": label};
    const bounds = {"aria-valuemin": LOWEST, "aria-valuemax": 1};
    for (const [name, value] of Object.entries({...attributes, ...bounds})) bar.setAttribute(name, value);
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
      setProbability(place, ENDS[event.key] ?? probabilities()[place] + STEPS[event.key]);
    });
  }

  for (const radio of all("[name=explorer-family]")) {
    radio.addEventListener("change", () => {
      state.family = radio.value;
      rebuild();
    });
  }
  control("classes").addEventListener("change", ({target}) => {
    target.value = Math.min(10, Math.max(2, Math.round(Number(target.value)) || 2));
    setClasses(Number(target.value));
    rebuild();
  });
  control("place").addEventListener("change", ({target}) => {
    state.place = Number(target.value);
    update();
  });
  control("resample").addEventListener("click", () => {
    state.seed += 1;
    update();
  });
  for (const name of ["temperature", "backward", "target", "power"]) control(name).addEventListener("input", update);

  control("backward").value = Math.log10(root.dataset.backwardTemperature);
  for (const each of all("[data-is=draws]")) each.textContent = DRAWS.toLocaleString("en");
  rebuild();
})();
