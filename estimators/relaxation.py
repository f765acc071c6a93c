"""Continuous relaxations: the cost is evaluated at codes between the hard ones that depend smoothly on the logits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from estimators.arguments import is_finite, positive, within
from estimators.distributions import Distribution
from estimators.estimator import BERNOULLI_ONLY
from estimators.latents import Latent
from estimators.schedules import Schedule
from estimators.substitution import Substitution


class GumbelSoftmax(Substitution):
    """Gumbel-Softmax, also called the Concrete distribution.

    g = grad f(softmax((logits + G) / tau)),  G ~ Gumbel(0, 1)   (Bernoulli: sigmoid((logits + L) / tau), L logistic).

    The cost sees relaxed codes, so the gradient of its parameters is also that of the relaxed model, and the estimate's
    value is the relaxed cost. As tau tends to 0, the bias falls and the variance grows. 1 evaluation of the cost and
    its gradient.

    Jang, Gu & Poole 2017, *Categorical reparameterization with Gumbel-Softmax*, section 2; Maddison, Mnih & Teh 2017,
    *The Concrete distribution*, section 3.

    Args:
        temperature: tau, a constant or a schedule. Jang et al. anneal it for VAEs (section 4.2), as the configuration
            of this package does on every task, and fix it at 1 for structured prediction (section 4.1); Maddison et al.
            fix it.
    """

    label = "Gumbel-Softmax"
    short_label = "GS"
    citation = "Jang, Gu & Poole 2017; Maddison, Mnih & Teh 2017"
    temperature: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None, temperature: Schedule | float = 1.0) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("temperature", temperature)

    def substitute(self, q: Distribution) -> Tensor:
        return q.relax(q.noise(), self.scheduled("temperature"))


class HardConcrete(GumbelSoftmax):
    """Hard Concrete: a relaxed bit that is stretched beyond [0, 1] and clipped to it, so that many codes are hard.

    g = grad f(min(max(y, 0), 1)),  y = low + (high - low) sigmoid((logits + L) / tau),  L logistic.

    A bit that was clipped has gradient 0. Compared with Gumbel-Softmax at the same tau it has less bias and more
    variance. 1 evaluation of the cost and its gradient.

    Louizos, Welling & Kingma 2018, *Learning sparse neural networks through L0 regularization*, section 2.2.

    Args:
        temperature: tau, a constant or a schedule; 2/3 in the paper.
        stretch: the pair (low, high), with low <= 0 and high >= 1.
    """

    families = BERNOULLI_ONLY
    label = "Hard Concrete"
    short_label = "HC"
    citation = "Louizos, Welling & Kingma 2018"

    def __init__(
        self,
        latent: Latent,
        context_size: int | None = None,
        temperature: Schedule | float = 2 / 3,
        stretch: Sequence[float] = (-0.1, 1.1),
    ) -> None:
        super().__init__(latent, context_size, temperature)
        two = isinstance(stretch, Sequence) and len(stretch) == 2 and all(map(is_finite, stretch))
        if not (two and stretch[0] <= 0 and stretch[1] >= 1):
            raise ValueError(f"stretch={stretch!r}: it must be two numbers, the first <= 0 and the second >= 1")
        self.low, self.high = stretch

    def substitute(self, q: Distribution) -> Tensor:
        return (self.low + (self.high - self.low) * super().substitute(q)).clamp(0, 1)


class SpikeAndExponential(Substitution):
    """The smoothing of the discrete VAE: a spike at 0 and an exponential density on [0, 1].

    g = grad f(zeta),  zeta = log(1 + (e^beta - 1) max(u + p - 1, 0) / p) / beta,  u ~ U(0, 1).

    zeta is 0 with probability 1 - p and otherwise has a density proportional to e^(beta zeta); the formula is its
    inverse distribution function. The cost sees zeta, so the gradient of its parameters is that of the smoothed model.
    As beta grows, zeta tends to the hard code and the variance grows as e^beta / beta^2. 1 evaluation of the cost and
    its gradient.

    Rolfe 2017, *Discrete variational autoencoders*, section 2.1, equation 9.

    Args:
        beta: sharpness, > 0 and at most 80, because e^beta must fit into float32.
    """

    families = BERNOULLI_ONLY
    label = "Spike and exponential"
    short_label = "Spike-exp"
    citation = "Rolfe 2017"

    def __init__(self, latent: Latent, context_size: int | None = None, beta: float = 3.0) -> None:
        super().__init__(latent, context_size)
        self.beta = within(0, 80, beta=positive(beta=beta))

    def substitute(self, q: Distribution) -> Tensor:
        # (u + p - 1) / p = 1 - (1 - u) / p, clamped at 0; 1 - u is uniform too.
        log_ratio = q.uniform().log() - F.logsigmoid(q.logits)
        above_spike = -torch.expm1(log_ratio.clamp(max=0))
        return torch.log1p(math.expm1(self.beta) * above_spike) / self.beta
