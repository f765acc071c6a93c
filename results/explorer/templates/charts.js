// The charts of bias, standard deviation and error of each estimator against temperature.
const charts = (() => {
  const LEFT = 46, RIGHT = 14, TOP = 8, BOTTOM = 34, HEIGHT = 250, KINDS = ["bias", "std", "error"], POWERS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
  const LOWEST = 0.05;  // smallest value on a logarithmic axis; lines of smaller ones leave the frame

  // The estimator with its measurements at each temperature, which are constant if it has none.
  function curves(row, measured, temperatures) {
    const at = (kind) => temperatures.map((_, i) => measured[kind][Math.min(i, measured[kind].length - 1)]);
    const bias = at("bias"), std = at("std");
    return {...row, bias, std, error: bias.map((b, i) => Math.hypot(b, std[i]))};
  }

  // The value at any temperature, by interpolation.
  function between(values, temperatures, temperature) {
    const next = temperatures.findIndex((each) => each >= temperature - 1e-9);
    if (next < 1) return values.at(next);
    const [low, high] = [temperatures[next - 1], temperatures[next]], share = Math.log(temperature / low) / Math.log(high / low);
    return values[next - 1] + share * (values[next] - values[next - 1]);
  }

  function ticks(kind, low, high) {
    if (kind === "bias") return plotting.ticks(low, high, 5);
    return [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].filter((each) => each >= low && each <= high);
  }

  // Draws one chart; returns functions that move its cursor and that find the line nearest to a position.
  function draw(svg, kind, lines, temperatures) {
    const width = Math.max(240, svg.parentNode.clientWidth || 320), values = lines.flatMap((line) => line[kind]);
    const [lowest, highest] = plotting.span(values), [low, high] = kind === "bias" ? [0, 1.05 * highest || 1] : [Math.max(LOWEST, 0.9 * lowest), 1.1 * highest];
    const share = kind === "bias" ? (v) => v / high : (v) => Math.log(Math.max(v, low / 2) / low) / Math.log(high / low);
    const ends = temperatures.at(-1) / temperatures[0];
    const x = (t) => LEFT + (Math.log(t / temperatures[0]) / Math.log(ends)) * (width - LEFT - RIGHT);
    const y = (v) => HEIGHT - BOTTOM - share(v) * (HEIGHT - BOTTOM - TOP);
    svg.replaceChildren();
    for (const [name, value] of Object.entries({width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`})) svg.setAttribute(name, value);
    for (const tick of ticks(kind, low, high)) {
      plotting.shape("line", {x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick), class: "grid"}, svg);
      plotting.shape("text", {x: LEFT - 5, y: y(tick) + 4, "text-anchor": "end"}, svg, `${Number((100 * tick).toPrecision(3))} %`);
    }
    for (const tick of POWERS) plotting.shape("text", {x: x(tick), y: HEIGHT - BOTTOM + 17, "text-anchor": "middle"}, svg, tick);
    plotting.shape("text", {x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle"}, svg, "temperature \u03c4");
    const inside = {x: 0, y: 0, width, height: HEIGHT - BOTTOM + 5}, frame = plotting.shape("svg", inside, svg);
    for (const line of lines) {
      const group = plotting.shape("g", {class: "line", "data-name": line.name}, frame);
      plotting.paint(group, line);
      const points = temperatures.map((t, i) => `${x(t).toFixed(1)},${y(line[kind][i]).toFixed(1)}`).join(" ");
      plotting.shape("polyline", {points, class: "curve", "stroke-dasharray": plotting.DASHES[line.dash] ?? ""}, group);
      plotting.mark(line, 0, 0, group);
    }
    const cursor = plotting.shape("line", {y1: TOP, y2: HEIGHT - BOTTOM, class: "cursor"}, svg);
    const marks = [...svg.querySelectorAll("g.line > path")];
    const move = (temperature) => {
      for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(temperature));
      lines.forEach((line, i) => {
        const height = y(between(line[kind], temperatures, temperature));
        marks[i].setAttribute("transform", `translate(${x(temperature).toFixed(1)} ${height.toFixed(1)})`);
      });
    };
    const nearest = (left, top) => {
      const temperature = temperatures[0] * ends ** ((left - LEFT) / (width - LEFT - RIGHT));
      const inside = Math.min(temperatures.at(-1), Math.max(temperatures[0], temperature));
      const distances = lines.map((line) => [line.name, Math.abs(y(between(line[kind], temperatures, inside)) - top)]);
      return distances.reduce((a, b) => (b[1] < a[1] ? b : a), [null, 14])[0];
    };
    return {move, nearest};
  }
  return {curves, between, draw, KINDS};
})();
