// The lower half of the explorer: bias, standard deviation and error of each estimator as curves against temperature.
const charts = (() => {
  const LEFT = 46, RIGHT = 14, TOP = 8, BOTTOM = 34, HEIGHT = 250, KINDS = ["bias", "std", "error"], POWERS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
  const LOWEST = 0.05;  // of what is drawn on a logarithmic axis

  // Of an estimator: what was measured at each temperature, the same at all where it follows none.
  function curves(row, found, temperatures) {
    const at = (kind) => temperatures.map((_, i) => found[kind][Math.min(i, found[kind].length - 1)]);
    const bias = at("bias"), std = at("std");
    return {...row, bias, std, error: bias.map((b, i) => Math.hypot(b, std[i]))};
  }

  // The value at any temperature, on the line between the two that were measured next to it.
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

  // One chart, in the size that there is room for; returns how to move its cursor.
  function draw(svg, kind, lines, temperatures) {
    const width = Math.max(240, svg.parentNode.clientWidth || 320), values = lines.flatMap((line) => line[kind]);
    const [lowest, highest] = plotting.span(values), [low, high] = kind === "bias" ? [0, 1.05 * highest || 1] : [Math.max(LOWEST, 0.9 * lowest), 1.1 * highest];
    const share = kind === "bias" ? (v) => v / high : (v) => Math.log(Math.max(v, low) / low) / Math.log(high / low);
    const ends = temperatures.at(-1) / temperatures[0];
    const x = (t) => LEFT + (Math.log(t / temperatures[0]) / Math.log(ends)) * (width - LEFT - RIGHT);
    const y = (v) => HEIGHT - BOTTOM - share(v) * (HEIGHT - BOTTOM - TOP);
    svg.replaceChildren();
    for (const [name, value] of Object.entries({width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`})) svg.setAttribute(name, value);
    for (const tick of ticks(kind, low, high)) {
      plotting.shape("line", {x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick), class: "grid"}, svg);
      plotting.shape("text", {x: LEFT - 5, y: y(tick) + 4, "text-anchor": "end"}, svg, `${Number((100 * tick).toPrecision(3))} %`);
    }
    for (const tick of POWERS) plotting.shape("text", {x: x(tick), y: HEIGHT - BOTTOM + 14, "text-anchor": "middle"}, svg, tick);
    plotting.shape("text", {x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle"}, svg, "temperature \u03c4");
    for (const line of lines) {
      const group = plotting.shape("g", {class: "line", "data-name": line.name}, svg);
      group.style.setProperty("--own", line.colour);
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
      const far = lines.map((line) => [line.name, Math.abs(y(between(line[kind], temperatures, Math.min(temperatures.at(-1), Math.max(temperatures[0], temperature)))) - top)]);
      return far.reduce((a, b) => (b[1] < a[1] ? b : a), [null, 14])[0];
    };
    return {move, nearest};
  }
  return {curves, between, draw, KINDS};
})();
