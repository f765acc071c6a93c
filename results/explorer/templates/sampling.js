// Samples of the Gumbel-Softmax distribution. A bit is a variable of two classes, 0 and 1; the logit of class 0 is 0.
const sampling = (() => {
  function softmax(x) {
    const highest = Math.max(...x), weights = x.map((each) => Math.exp(each - highest)), total = weights.reduce((a, b) => a + b);
    return weights.map((each) => each / total);
  }

  // A generator of uniform draws strictly inside (0, 1) (Tommy Ettinger's mulberry32).
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let bits = Math.imul(state ^ (state >>> 15), state | 1);
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
      return (((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 2 ** 32;
    };
  }

  // Gumbel noise -log(-log u) for each class; for a bit logistic noise log u - log(1 - u), the difference of two Gumbels.
  function noise(seed, count, classes, bit) {
    const next = random(seed);
    const draw = () => {
      if (!bit) return Array.from({length: classes}, () => -Math.log(-Math.log(next())));
      const u = next();
      return [0, Math.log(u) - Math.log1p(-u)];
    };
    return Array.from({length: count}, draw);
  }

  const logits = (pi, bit) => (bit ? [0, Math.log(pi[1] / pi[0])] : pi.map(Math.log));
  const perturbed = (a, g) => a.map((each, i) => each + g[i]);
  const relaxed = (a, g, temperature) => softmax(perturbed(a, g).map((each) => each / temperature));
  // The mean of the relaxed samples, without allocating each of them, since it is computed at every step of the slider.
  function mean(a, drawn, temperature) {
    const total = a.map(() => 0), weights = a.map(() => 0);
    for (const g of drawn) {
      let highest = -Infinity, sum = 0;
      for (let i = 0; i < a.length; i++) highest = Math.max(highest, a[i] + g[i]);
      for (let i = 0; i < a.length; i++) sum += weights[i] = Math.exp((a[i] + g[i] - highest) / temperature);
      for (let i = 0; i < a.length; i++) total[i] += weights[i] / sum;
    }
    return total.map((each) => each / drawn.length);
  }

  const highest = (x) => x.indexOf(Math.max(...x));
  return {noise, logits, perturbed, relaxed, mean, highest};
})();
