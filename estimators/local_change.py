"""Estimators that change one randomly chosen variable of a sample and compare the costs."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.antithetic import CoupledEstimator, antithetic_pair, disarm
from estimators.distributions import Distribution
from estimators.estimator import BERNOULLI_ONLY, CATEGORICAL_ONLY, Cost, Estimate


class LocalChange(CoupledEstimator):
    """A sample, and a copy with one variable changed; the parameters inside the cost learn from the sample alone."""

    def value_at(self, changed: Tensor, cost: Cost) -> Tensor:
        """The cost at the changed code, ``[*batch]``."""
        with torch.no_grad():
            return Estimate.of(cost(changed)).value


class BitFlip(LocalChange):
    """Bit flip: one bit, chosen with probability proportional to its variance, is flipped.

    g_i = [sum_j p_j (1 - p_j)] (1 - 2 z_i) (f(z with bit i flipped) - f(z)),  i ~ p_i (1 - p_i) / sum_j p_j (1 - p_j),

    and 0 for the other bits: the local expectation gradient (Titsias & Lázaro-Gredilla 2015, section 3) of one random
    coordinate. With a uniform choice of the coordinate it is the bitflip-1 of Kunes, Yin, Land, Haviv, Pe'er & Tavaré
    2023. Unbiased. 2 evaluations.
    """

    families = BERNOULLI_ONLY
    label = "Bit flip"
    citation = "Titsias & Lázaro-Gredilla 2015; Kunes, Yin, Land, Haviv, Pe'er & Tavaré 2023"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        variances = (torch.sigmoid(q.logits) * torch.sigmoid(-q.logits)).detach()
        total = variances.sum(-1, keepdim=True)
        chosen = one_of(variances, q.uniform())
        at_z = Estimate.of(cost(z))
        change = self.value_at(torch.where(chosen, 1 - z, z), cost) - at_z.value
        gradient = chosen * total * (1 - 2 * z) * change.unsqueeze(-1)
        return at_z.with_gradient(q.linear(gradient))


class UGC(LocalChange):
    """Unbiased gradient variance clipping: bit flip for nearly deterministic bits, DisARM for the others.

    g_i = n p_i (1 - p_i) (1 - 2 z_i) (f(z with bit i flipped) - f(z))  if i is the flipped bit, else 0,
          for bits with min(p_i, 1 - p_i) < 1 / (2 n), and DisARM's estimate for the others,

    with z the first code of DisARM's antithetic pair and the flipped bit chosen uniformly. It avoids DisARM's large
    variance for bits that are nearly deterministic.

    Kunes, Yin, Land, Haviv, Pe'er & Tavaré 2023, *Gradient estimation for binary latent variables via gradient variance
    clipping*. Unbiased. 3 evaluations.
    """

    families = BERNOULLI_ONLY
    citation = "Kunes, Yin, Land, Haviv, Pe'er & Tavaré 2023"

    @property
    def cost_evaluations(self) -> int:
        return 3

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        pair = antithetic_pair(q)
        chosen = one_of(torch.ones_like(q.logits), q.uniform())
        at_pair = Estimate.of(cost(pair))
        change = self.value_at(torch.where(chosen, 1 - pair[0], pair[0]), cost) - at_pair.value[0]
        variance = torch.sigmoid(q.logits) * torch.sigmoid(-q.logits)
        flip = self.latent.n * chosen * variance * (1 - 2 * pair[0]) * change.unsqueeze(-1)
        nearly_certain = torch.sigmoid(-q.logits.abs()) < 1 / (2 * self.latent.n)
        return at_pair.mean().with_gradient(q.linear(torch.where(nearly_certain, flip, disarm(q, pair, at_pair.value))))


class ResampleOne(LocalChange):
    """Resample one: one variable, chosen uniformly, is sampled again.

    g_i = n / 2 (f(z with z_i = c) - f(z)) (c - z_i),  i uniform, c ~ q_i, and 0 for the other variables.

    The leave-one-out estimator with two samples (RLOO) for one random coordinate with the others fixed. Unbiased. 2
    evaluations.
    """

    families = CATEGORICAL_ONLY
    label = "Resample one"
    citation = "Titsias & Lázaro-Gredilla 2015"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z, drawn = q.sample(2)
        chosen = one_of(torch.ones_like(z[..., 0]), q.uniform()[..., 0]).unsqueeze(-1)
        changed = torch.where(chosen, drawn, z)
        at_z = Estimate.of(cost(z))
        change = self.value_at(changed, cost) - at_z.value
        gradient = 0.5 * self.latent.n * change[..., None, None] * (changed - z)
        return at_z.with_gradient(q.linear(gradient))


def one_of(weights: Tensor, uniform: Tensor) -> Tensor:
    """True at one element of each row, chosen with probabilities proportional to ``weights``: ``[..., n] -> [..., n]``.

    It is the first of independent exponential arrival times with these rates, computed from the uniform draws.
    """
    first = (-uniform.log() / weights).argmin(-1, keepdim=True)
    return torch.zeros_like(weights, dtype=torch.bool).scatter(-1, first, value=True)
