// The Gumbel-Softmax distribution, a small cost, and estimators of the gradient of its expectation. Numbers only: the
// page is the business of explorer.js.
//
// A code z is a list: k numbers for a categorical variable, one-hot when hard, and one number for a bit. All noise is
// made from uniform draws as the Python package makes it, so that the same draws give the same gradients there.
const gumbel = (() => {
  "use strict";
  const sum = (x) => x.reduce((total, each) => total + each, 0);
  const zip = (x, y, combine) => x.map((each, i) => combine(each, y[i]));
  const dot = (x, y) => x.reduce((total, each, i) => total + each * y[i], 0);
  const plus = (x, y) => zip(x, y, (a, b) => a + b);
  const minus = (x, y) => zip(x, y, (a, b) => a - b);
  const times = (x, factor) => x.map((each) => each * factor);
  const average = (lists) => times(lists.reduce(plus), 1 / lists.length);

  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

  function softmax(x) {
    const highest = Math.max(...x), weights = x.map((each) => Math.exp(each - highest)), total = sum(weights);
    return weights.map((each) => each / total);
  }

  // Uniform draws strictly inside (0, 1) that follow from a seed alone (Tommy Ettinger's mulberry32).
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let bits = Math.imul(state ^ (state >>> 15), state | 1);
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
      return (((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 2 ** 32;
    };
  }

  function categorical(logits) {
    const mean = softmax(logits), oneHot = (place) => logits.map((_, i) => Number(i === place));
    return {
      mean,
      support: () => mean.map((probability, i) => ({z: oneHot(i), probability})),

      // Gumbel noise, -log(-log u).
      noise: (uniform) => uniform.map((u) => -Math.log(-Math.log(u))),

      // The class with the highest logit + noise.
      hard(noise) {
        const perturbed = plus(logits, noise);
        return oneHot(perturbed.indexOf(Math.max(...perturbed)));
      },

      // softmax((logits + noise) / tau).
      relax: (noise, temperature) => softmax(noise.map((g, i) => (logits[i] + g) / temperature)),

      // D_p[g] = p (g - <p, g>): the Jacobian of the softmax where it has the value p.
      tangent(p, g) {
        const inner = dot(p, g);
        return p.map((each, i) => each * (g[i] - inner));
      },

      // Noise given that it led to z = e_b. With e = -log u, logits + noise is, up to log sum exp(logits),
      //   -log e_b for the class b,   -log(e_k / pi_k + e_b) for the others.
      // Only e_k / pi_k depends on the logits; r_k is its share of e_k / pi_k + e_b, and 0 for b. So a gradient h in
      // logits + noise is r_j h_j + pi_j sum_k (1 - r_k) h_k in the logits.
      conditional(z, uniform) {
        const chosen = z.indexOf(1), first = -Math.log(uniform[chosen]);
        const own = uniform.map((u, i) => (i === chosen ? 0 : -Math.log(u) / mean[i]));
        return {
          noise: own.map((each, i) => -Math.log((each + first) * mean[i])),
          pullBack(h) {
            const share = own.map((each) => each / (each + first));
            const rest = sum(zip(share, h, (r, slope) => (1 - r) * slope));
            return h.map((slope, j) => share[j] * slope + mean[j] * rest);
          },
        };
      },

      // Noise that lifts the class of z to the highest logit and holds the others at least the gap below it.
      gapped(z, gap) {
        const highest = Math.max(...logits);
        return zip(logits, z, (a, one) => (one ? highest : Math.min(a, highest - gap)) - a);
      },
    };
  }

  function bernoulli(logits) {
    const [a] = logits, p = sigmoid(a);
    return {
      mean: [p],
      support: () => [{z: [0], probability: 1 - p}, {z: [1], probability: p}],

      // Logistic noise, log u - log(1 - u).
      noise: (uniform) => uniform.map((u) => Math.log(u) - Math.log1p(-u)),
      hard: (noise) => noise.map((l) => Number(a + l > 0)),

      // sigmoid((logit + noise) / tau).
      relax: (noise, temperature) => noise.map((l) => sigmoid((a + l) / temperature)),

      // D_p[g] = p (1 - p) g.
      tangent: (prob, g) => zip(prob, g, (each, slope) => each * (1 - each) * slope),

      // Noise given the bit. With L logistic, logit + noise is softplus(L + softplus(logit)) for a 1 and
      // -softplus(-L + softplus(-logit)) for a 0: the mirror image, with the sign of the bit before L and logit.
      conditional([bit], uniform) {
        const sign = bit ? 1 : -1, [logistic] = this.noise(uniform);
        const inner = sign * logistic + softplus(sign * a);
        return {
          noise: [sign * softplus(inner) - a],
          pullBack: (h) => times(h, sigmoid(inner) * sigmoid(sign * a)),
        };
      },

      gapped: ([bit], gap) => [(bit ? Math.max(a, gap) : Math.min(a, -gap)) - a],
      magnitude: Math.abs(a),
    };
  }

  // f(z) = (<values, z> - target)^power, and its slope df/dz.
  function cost(values, target, power) {
    const distance = (z) => dot(values, z) - target;
    return {
      at: (z) => distance(z) ** power,
      slope: (z) => times(values, power * distance(z) ** (power - 1)),
    };
  }

  // The gradient of E[f(z)] in the logits: sum_z q(z) f(z) s(z), with the score s(z) = z - mean.
  function exact(q, f) {
    return q.support().map(({z, probability}) => times(minus(z, q.mean), probability * f.at(z))).reduce(plus);
  }

  // What the estimators share: a distribution q, the cost f, and one draw, which is lists of uniform numbers: `first`
  // and `second` of the length of a code, and `conditional`, several such lists.
  function situation(q, f, draw, settings) {
    const noise = q.noise(draw.first), z = q.hard(noise);
    return {q, f, draw, noise, z, score: minus(z, q.mean), ...settings};
  }

  // Each gives the gradient in the logits for one draw. The formulas are those of the Python classes' docstrings, with
  // g = df/dz, pi = q.mean, D_p[g] = q.tangent(p, g) and p = q.relax(noise, tau).
  const estimators = {
    // f(z) s(z)
    reinforce: ({f, z, score}) => times(score, f.at(z)),

    // 1 / (S - 1) sum_s (f(z_s) - mean f) s(z_s), which for two samples is (f(z_1) - f(z_2)) (z_1 - z_2) / 2.
    rloo({q, f, z, draw}) {
      const other = q.hard(q.noise(draw.second));
      return times(minus(z, other), (f.at(z) - f.at(other)) / 2);
    },

    // (f(b) - f(b')) (u - 1/2), b' from the mirrored noise
    arm: ({q, f, z, noise, draw}) => times(minus(draw.first, [0.5]), f.at(z) - f.at(q.hard(times(noise, -1)))),

    // 1/2 (f(b) - f(b')) (b - b') sigmoid(|logit|)
    disarm({q, f, z, noise}) {
      const other = q.hard(times(noise, -1));
      return times(minus(z, other), 0.5 * (f.at(z) - f.at(other)) * sigmoid(q.magnitude));
    },

    // (f(z) - f(pi) - <J, z - pi>) s(z) + D_pi[J], J = df/dz at pi
    muprop({q, f, z, score}) {
      const slope = f.slope(q.mean), expansion = f.at(q.mean) + dot(slope, score);
      return plus(times(score, f.at(z) - expansion), q.tangent(q.mean, slope));
    },

    // (f(b) - eta f(p~)) s(b) + eta grad [f(p) - f(p~)], p~ relaxed at noise given b; eta = 1
    rebar({q, f, z, score, noise, draw, temperature}) {
      const {noise: given, pullBack} = q.conditional(z, draw.second);
      const free = q.relax(noise, temperature), coupled = q.relax(given, temperature);
      const through = (p) => times(q.tangent(p, f.slope(p)), 1 / temperature);
      const difference = minus(through(free), pullBack(through(coupled)));
      return plus(times(score, f.at(z) - f.at(coupled)), difference);
    },

    // D_pi[g(z)]
    straight_through: ({q, f, z}) => q.tangent(q.mean, f.slope(z)),

    // 2 D_{(pi + z) / 2}[g(z)] - 1/2 D_pi[g(z)]
    reinmax({q, f, z}) {
      const slope = f.slope(z), middle = times(plus(q.mean, z), 0.5);
      return minus(times(q.tangent(middle, slope), 2), times(q.tangent(q.mean, slope), 0.5));
    },

    // 1/tau D_p[g(z)], p built from z without noise
    gapped_straight_through: ({q, f, z, temperature, gap}) =>
      times(q.tangent(q.relax(q.gapped(z, gap), temperature), f.slope(z)), 1 / temperature),

    // 1/tau D_p[g(z)]
    st_gumbel_softmax: ({q, f, z, noise, temperature}) =>
      times(q.tangent(q.relax(noise, temperature), f.slope(z)), 1 / temperature),

    // The same with a temperature of its own; at forward temperature 1, z is the sample that all others see.
    decoupled_st_gumbel_softmax: ({q, f, z, noise, backward}) =>
      times(q.tangent(q.relax(noise, backward), f.slope(z)), 1 / backward),

    // 1/tau times the mean of D_{p_r}[g(z)], p_r relaxed at noise given z
    gumbel_rao({q, f, z, draw, temperature}) {
      const slope = f.slope(z), relaxed = (uniform) => q.relax(q.conditional(z, uniform).noise, temperature);
      return times(average(draw.conditional.map((uniform) => q.tangent(relaxed(uniform), slope))), 1 / temperature);
    },

    // 1/tau D_p[g(p)]
    gumbel_softmax({q, f, noise, temperature}) {
      const p = q.relax(noise, temperature);
      return times(q.tangent(p, f.slope(p)), 1 / temperature);
    },
  };

  return {random, categorical, bernoulli, cost, exact, situation, estimators, average};
})();
