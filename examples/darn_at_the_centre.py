"""DARN with the cost expanded at the centre, as in the baseline of Jang, Gu & Poole 2017, instead of at the sample.

    python -m runners.run -m 'estimator={_target_: examples.darn_at_the_centre.DarnAtTheCentre}' \\
        task=vae_categorical,sbn_categorical data=mnist optimizer.lr=1e-3,3e-3,1e-2 runner.steps=10000 \\
        runner.evaluate_every=2500 output=outputs/darn_at_the_centre

An estimator of one's own that answers a question: whether the expansion explains the published bounds.
"""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator


class DarnAtTheCentre(Estimator):
    """g = <f'(1/k), z - 1/k> s(z) per variable, with the gradient of the cost at the centre 1/k instead of at z.

    The expansion of Jang, Gu & Poole 2017, section 3.2, in place of f(z) - f(1/k); taken literally, they subtract it
    from f(z). It is exact for linear costs only.
    """

    citation = "after Jang, Gu & Poole 2017"
    label = "DARN at the centre"

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        centre = torch.full_like(z, 1 / self.latent.k).requires_grad_()
        with torch.enable_grad():
            (slope,) = torch.autograd.grad(Estimate.of(cost(centre)).surrogate.sum(), centre)
        score = (z - q.mean).detach()
        weight = q.sum_classes(slope * (z - 1 / self.latent.k))
        return Estimate.of(cost(z)).with_gradient(q.linear(weight * score))
