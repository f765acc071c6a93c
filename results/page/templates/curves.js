// Learning curves: hover to read values, press a name to hide its line, choose what they are drawn against.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 760, HEIGHT = 340, LEFT = 62, BOTTOM = 40, TOP = 10, RIGHT = 28;

const AXES = {steps: "steps", seconds: "seconds of training", evaluations: "cost evaluations per example"};

function shape(name, attributes, parent, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// About `count` round numbers from low to high.
function ticks(low, high, count) {
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const found = [];
  for (let each = Math.ceil(low / step) * step; each <= high + step * 1e-9; each += step) found.push(each);
  return found;
}

// Powers of ten from low to high.
function powers(low, high) {
  const found = [];
  for (let each = Math.ceil(Math.log10(low)); each <= Math.log10(high); each++) found.push(10 ** each);
  return found;
}

function draw(figure, plot) {
  const svg = figure.querySelector("svg"), along = figure.querySelector("select").value;
  const hidden = new Set([...figure.querySelectorAll("button[aria-pressed=false]")].map((each) => each.dataset.name));
  const lines = plot.lines.filter((line) => !hidden.has(line.name)).map((line) => ({
    ...line, points: line.value.map((y, i) => ({x: line[along][i], y, step: line.steps[i]})).filter((p) => p.x !== null && p.y !== null),
  })).filter((line) => line.points.length);
  const points = lines.flatMap((line) => line.points);
  svg.replaceChildren();
  if (!points.length) return [];
  const span = (values) => values.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);
  const [xLow, xHigh] = span(points.map((p) => p.x)), [yLow, yHigh] = span(points.map((p) => p.y));
  const [first, last] = span(lines.map((line) => line.points.at(-1).x));
  const logarithmic = last > 10 * first;  // lines of very different length
  const share = logarithmic ? (value) => Math.log(value / xLow) / Math.log(xHigh / xLow) : (value) => value / (xHigh || 1);
  const x = (value) => LEFT + share(value) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - ((value - yLow) / (yHigh - yLow || 1)) * (HEIGHT - BOTTOM - TOP);
  for (const tick of logarithmic ? powers(xLow, xHigh) : ticks(0, xHigh, 6)) {
    shape("text", {x: x(tick), y: HEIGHT - BOTTOM + 16, "text-anchor": "middle"}, svg, tick.toLocaleString("en"));
  }
  for (const tick of ticks(yLow, yHigh, 6)) {
    shape("line", {x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick), class: "grid"}, svg);
    shape("text", {x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end"}, svg, tick.toLocaleString("en"));
  }
  shape("text", {x: (LEFT + WIDTH) / 2, y: HEIGHT - 6, "text-anchor": "middle"}, svg, AXES[along]);
  shape("text", {x: 12, y: HEIGHT / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${HEIGHT / 2})`}, svg, "validation negative ELBO (nats)");
  for (const line of lines) {
    const path = line.points.map((p) => `${x(p.x).toFixed(1)},${y(p.y).toFixed(1)}`).join(" ");
    shape("polyline", {points: path, stroke: line.colour, class: "curve"}, svg);
  }
  return lines.map((line) => ({...line, points: line.points.map((p) => ({...p, left: x(p.x)}))}));
}

for (const figure of document.querySelectorAll("figure.explore")) {
  const plot = JSON.parse(figure.querySelector("script").textContent), told = figure.querySelector("output");
  let lines = [];
  const redraw = () => { lines = draw(figure, plot); told.textContent = ""; };
  figure.querySelector("select").addEventListener("change", redraw);
  for (const button of figure.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "false");
      redraw();
    });
  }
  figure.querySelector("svg").addEventListener("pointermove", (event) => {
    const box = event.currentTarget.getBoundingClientRect(), at = ((event.clientX - box.left) / box.width) * WIDTH;
    const near = lines.map((line) => [line, line.points.reduce((a, b) => (Math.abs(b.left - at) < Math.abs(a.left - at) ? b : a))]);
    near.sort((a, b) => a[1].y - b[1].y);
    told.textContent = near.map(([line, p]) => `${line.name} ${p.y.toFixed(2)} (step ${p.step.toLocaleString("en")})`).join("   ");
  });
  redraw();
}
