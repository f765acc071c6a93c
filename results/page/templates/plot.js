// Plots of lines with bands and markers, as SVG.
const plotting = (() => {
  const SVG = "http://www.w3.org/2000/svg", LEFT = 62, BOTTOM = 42, TOP = 10, RIGHT = 24;
  const AXES = {steps: "steps", seconds: "seconds of training", evaluations: "cost evaluations per example"};
  const DASHES = {solid: "", dashed: "7 3", dotted: "2 2.5", "dash-dot": "7 2.5 2 2.5", "dash-dot-dot": "7 2.5 2 2.5 2 2.5"};

  function shape(name, attributes, parent, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }

  // The outlines of matplotlib's markers, 8 pixels wide.
  const corners = (count, turn, inner = 4) => `M${[...Array(count).keys()].map((i) => {
    const angle = turn + (2 * Math.PI * i) / count, radius = i % 2 ? inner : 4;
    return `${(radius * Math.sin(angle)).toFixed(1)} ${(-radius * Math.cos(angle)).toFixed(1)}`;
  }).join("L")}Z`;
  const PLUS = "M-1.4-4H1.4V-1.4H4V1.4H1.4V4H-1.4V1.4H-4V-1.4H-1.4Z", CROSS = "M-2 -4L0 -2L2 -4L4 -2L2 0L4 2L2 4L0 2L-2 4L-4 2L-2 0L-4 -2Z";
  const MARKS = {
    o: "M-4 0A4 4 0 1 1 4 0A4 4 0 1 1-4 0Z", s: "M-3.5-3.5H3.5V3.5H-3.5Z", D: corners(4, 0), d: "M0-4L2.6 0L0 4L-2.6 0Z",
    "^": corners(3, 0), v: corners(3, Math.PI), "<": corners(3, -Math.PI / 2), ">": corners(3, Math.PI / 2),
    P: PLUS, X: CROSS, h: corners(6, 0), p: corners(5, 0), "*": corners(10, 0, 1.7),
  };

  function mark(line, x, y, parent) {
    const kind = line.filled ? "mark" : "mark hollow";
    shape("path", {d: MARKS[line.marker] ?? MARKS.o, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`, class: kind}, parent);
  }

  // Sets the colours of a line on an element, for light and dark pages.
  function paint(element, line) {
    element.style.setProperty("--own", line.colour);
    element.style.setProperty("--own-dark", line.dark);
  }

  // A short sample of a line, for legends.
  function sample(line) {
    const holder = document.createElement("span"), svg = shape("svg", {width: 34, height: 12, viewBox: "0 0 34 12", "aria-hidden": "true"}, holder);
    holder.className = "sample";
    paint(holder, line);
    shape("path", {d: "M1 6H33", class: "curve", "stroke-dasharray": DASHES[line.dash] ?? ""}, svg);
    mark(line, 17, 6, svg);
    return holder;
  }

  // About `count` round numbers from low to high.
  function ticks(low, high, count) {
    const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
    const places = [];
    for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i++) places.push(i * step);
    return places;
  }

  // Powers of ten from low to high, and also twice and five times these if there are few.
  function powers(low, high) {
    const factors = high < 100 * low ? [1, 2, 5] : [1], places = [];
    for (let i = Math.floor(Math.log10(low)); i <= Math.log10(high); i++) places.push(...factors.map((factor) => factor * 10 ** i));
    return places.filter((place) => place >= low && place <= high);
  }

  const span = (values) => values.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, -Infinity]);

  // The limits of the y axis: those of all lines, except outliers, from a tenth of their length on.
  function heights(lines) {
    const ends = lines.map((line) => line.points.at(-1).y).sort((a, b) => a - b), at = (share) => ends[Math.round(share * (ends.length - 1))];
    const limit = ends.length < 4 ? Infinity : at(0.75) + 3 * (at(0.75) - at(0.25)) + 1e-9;
    const near = lines.filter((line) => line.points.at(-1).y <= limit);
    const late = (line) => line.points.filter((p) => p.x >= 0.1 * line.points.at(-1).x);
    const [low, high] = span(near.flatMap((line) => [...late(line).flatMap((p) => [p.low, p.y]), late(line)[0].high]));
    const margin = 0.04 * (high - low) || 1;
    return [low - margin, high + margin];
  }

  // The line with its points on the axis `along`, without points whose position is unknown.
  function placed(line, along) {
    const points = line.value.map((y, i) => ({x: line[along][i] ?? null, y, low: line.low[i] ?? y, high: line.high[i] ?? y, step: line.steps[i]}));
    return {...line, points: points.filter((p) => p.x !== null && p.y !== null)};
  }

  function axes(svg, {width, height, along, x, y, xs, ys, logarithmic}) {
    const across = logarithmic ? powers(...xs) : ticks(0, xs[1], width < 500 ? 4 : 6), short = new Intl.NumberFormat("en", {notation: width < 500 ? "compact" : "standard"});
    for (const tick of across) shape("text", {x: x(tick), y: height - BOTTOM + 17, "text-anchor": "middle"}, svg, short.format(tick));
    for (const tick of ticks(...ys, 6)) {
      shape("line", {x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick), class: "grid"}, svg);
      shape("text", {x: LEFT - 6, y: y(tick) + 4, "text-anchor": "end"}, svg, tick.toLocaleString("en"));
    }
    shape("text", {x: (LEFT + width - RIGHT) / 2, y: height - 6, "text-anchor": "middle"}, svg, AXES[along]);
    shape("text", {x: 12, y: height / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${height / 2})`}, svg, "validation negative ELBO (nats)");
  }

  function drawLine(frame, line, index, x, y) {
    const group = shape("g", {class: "line", "data-name": line.name}, frame), at = (p, height) => `${x(p.x).toFixed(1)},${y(height).toFixed(1)}`;
    paint(group, line);
    if (line.low.length) {
      const edge = [...line.points.map((p) => at(p, p.low)), ...line.points.map((p) => at(p, p.high)).reverse()];
      shape("polygon", {points: edge.join(" "), class: "band"}, group);
    }
    shape("polyline", {points: line.points.map((p) => at(p, p.y)).join(" "), class: "curve", "stroke-dasharray": DASHES[line.dash] ?? ""}, group);
    const every = Math.max(1, Math.floor(line.points.length / 5));
    line.points.forEach((p, i) => { if (i % every === index % every) mark(line, x(p.x), y(p.y), group); });
  }

  // Draws the lines; returns them with the position of each point in the SVG, and the lines that end above the frame.
  function draw(svg, lines, along, width, height) {
    const shown = lines.map((line) => placed(line, along)).filter((line) => line.points.length);
    svg.replaceChildren();
    for (const [name, value] of Object.entries({width, height, viewBox: `0 0 ${width} ${height}`})) svg.setAttribute(name, value);
    if (!shown.length) return {lines: [], above: []};
    const xs = span(shown.flatMap((line) => line.points.map((p) => p.x))), ys = heights(shown);
    const [shortest, longest] = span(shown.map((line) => line.points.at(-1).x)), logarithmic = xs[0] > 0 && longest > 10 * shortest;
    const share = logarithmic ? (value) => Math.log(value / xs[0]) / Math.log(xs[1] / xs[0]) : (value) => value / (xs[1] || 1);
    const x = (value) => LEFT + share(value) * (width - LEFT - RIGHT);
    const y = (value) => height - BOTTOM - ((value - ys[0]) / (ys[1] - ys[0])) * (height - BOTTOM - TOP);
    axes(svg, {width, height, along, x, y, xs, ys, logarithmic});
    const frame = shape("svg", {x: 0, y: TOP, width, height: height - BOTTOM - TOP, viewBox: `0 ${TOP} ${width} ${height - BOTTOM - TOP}`}, svg);
    shown.forEach((line, index) => drawLine(frame, line, index, x, y));
    shape("line", {y1: TOP, y2: height - BOTTOM, class: "cursor", visibility: "hidden"}, svg);
    const onPage = (line) => ({...line, points: line.points.map((p) => ({...p, left: x(p.x), top: y(p.y)}))});
    return {lines: shown.map(onPage), above: shown.filter((line) => line.points.at(-1).y > ys[1])};
  }
  return {draw, sample, paint, span, shape, mark, ticks, DASHES};
})();
