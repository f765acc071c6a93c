// A row of estimates in numbers: their moments, and how they lie on the axis that all rows share.
const estimates = (() => {
  "use strict";
  const BINS = 100;
  const sum = (values) => values.reduce((total, each) => total + each, 0);
  const range = (count) => [...Array(count).keys()];

  function moments(values) {
    const mean = sum(values) / values.length;
    const deviation = Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
    return {mean, deviation, error: deviation / Math.sqrt(values.length)};
  }

  // The axis has the exact gradient in its middle and reaches 2.5 standard deviations of REINFORCE from there. It does
  // not depend on the temperature, so that widths can be compared by eye.
  function axis(q, f, place, exact) {
    const squares = q.support().map(({z, probability}) => probability * (f.at(z) * (z[place] - q.mean[place])) ** 2);
    const reach = 2.5 * Math.sqrt(Math.max(0, sum(squares) - exact ** 2)) || 1, low = exact - reach;
    const magnitude = Math.floor(Math.log10(reach));
    return {
      digits: Math.max(2, 3 - magnitude),
      ticks: ticks(low + 0.1 * reach, low + 1.9 * reach, 10 ** (magnitude - 1)),
      at: (value) => (value - low) / (2 * reach),
    };
  }

  // At most six round numbers from low to high.
  function ticks(low, high, power) {
    const step = [1, 2, 5, 10].map((each) => each * power).find((each) => high - low < 6 * each) ?? 20 * power;
    const first = Math.ceil(low / step), last = Math.floor(high / step);
    return range(last - first + 1).map((i) => (first + i) * step);
  }

  const onAxis = (value, {at}) => Math.min(BINS, Math.max(0, BINS * at(value)));

  // The histogram as the path of an SVG that is as many units wide as there are bins, and 1 high.
  function outline(values, {at}) {
    const counts = Array(BINS).fill(0);
    for (const bin of values.map((value) => Math.floor(BINS * at(value)))) if (bin in counts) counts[bin] += 1;
    const highest = Math.max(1, ...counts), top = (count) => (1 - 0.92 * Math.sqrt(count / highest)).toFixed(3);
    return `M0 1${counts.map((count, i) => `V${top(count)}H${i + 1}`).join("")}V1Z`;
  }

  // Percentages of the values that the axis does not reach, at either end.
  function beyond(values, {at}) {
    const share = (out) => Math.round((100 * values.filter(out).length) / values.length);
    return {below: share((value) => at(value) < 0), above: share((value) => at(value) >= 1)};
  }

  return {moments, axis, onAxis, outline, beyond};
})();
