"""One categorical variable: a sum over its most likely classes, and a sample from the rest."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.arguments import at_least
from estimators.categorical import Categorical
from estimators.distributions import Distribution
from estimators.estimator import CATEGORICAL_ONLY, Cost, CostKind, Estimate, Estimator, NotApplicable
from estimators.latents import Latent


class SumAndSample(Estimator):
    """Sum and sample: the most likely classes are summed over exactly, and one sample represents the others.

    g = sum_{c in T} (f(c) - b) grad p_c + R (f(z) - b) grad log p(z | not in T) + (f(z) - b) grad R,

    with T the most likely classes, R the total probability of the others, z ~ p(. | not in T), and
    b = sum_{c in T} p_c f(c) / (1 - R), which does not depend on z and is thus a valid baseline for all three terms.

    Liu, Regier, Tripuraneni, Jordan & McAuliffe 2019, *Rao-Blackwellized stochastic gradients for discrete
    distributions*. Unbiased; the exact gradient when all classes but one are summed over. ``top`` + 1 evaluations; the
    parameters inside the cost learn from all of them, weighted by the p_c and R.

    Args:
        top: number of classes in T, at least 1 and less than k.

    Raises:
        NotApplicable: the layer has several variables, or no more than ``top`` classes.
    """

    unbiased = True
    families = CATEGORICAL_ONLY
    hard_codes = True
    label = "Sum and sample"
    citation = "Liu, Regier, Tripuraneni, Jordan & McAuliffe 2019"

    def __init__(self, latent: Latent, context_size: int | None = None, top: int = 1) -> None:
        super().__init__(latent, context_size)
        self.top = at_least(1, top=top)
        if latent.n != 1:
            raise NotApplicable(f"SumAndSample sums over the classes of one variable, but the layer has {latent.n}")
        if latent.k <= top:
            raise NotApplicable(f"SumAndSample: top={top} leaves none of the layer's {latent.k} classes to sample")

    @property
    def cost_evaluations(self) -> int:
        return self.top + 1

    @property
    def noiseless_for(self) -> CostKind:
        return "quadratic" if self.top + 1 == self.latent.k else "constant"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        logits, prob = q.logits[..., 0, :], q.mean[..., 0, :]
        summed = logits.detach().topk(self.top, dim=-1).indices
        in_top = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, summed, value=True)
        rest = Categorical(logits=logits.masked_fill(in_top, -torch.inf).unsqueeze(-2))
        drawn = rest.sample()
        classes = summed.movedim(-1, 0)[..., None, None]
        top = logits.new_zeros(*classes.shape[:-1], self.latent.k).scatter(-1, classes, 1.0)
        at_z = Estimate.of(cost(torch.cat([top, drawn.unsqueeze(0)])))
        remaining = prob.masked_fill(in_top, 0).sum(-1)
        weights = torch.cat([prob.gather(-1, summed).movedim(-1, 0), remaining.unsqueeze(0)])
        constant = weights.detach()
        baseline = (constant * at_z.value)[:-1].sum(0) / constant[:-1].sum(0)
        signal = at_z.value - baseline
        score = constant[-1] * signal[-1] * rest.log_prob(drawn)
        return at_z.expectation(weights).with_gradient((weights * signal).sum(0) + score)
