"""Estimators without sampling noise, for latents small enough to afford them."""

from __future__ import annotations

from torch import Tensor

from estimators.estimator import Cost, CostKind, Estimate, Estimator, NotApplicable
from estimators.latents import Distribution, Latent


class Enumeration(Estimator):
    """The exact gradient, by summing over the whole support.

    g = sum_z grad q(z) f(z).

    The reference that the others are tested against, and the way to marginalise a small latent such as a class label.

    Args:
        max_configurations: the largest support, ``k ** n``, that is accepted.

    Raises:
        NotApplicable: the support is larger.
    """

    unbiased = True
    citation = "exact"

    def __init__(self, latent: Latent, context_size: int | None = None, max_configurations: int = 2**16) -> None:
        super().__init__(latent, context_size)
        if latent.configurations > max_configurations:
            raise NotApplicable(
                f"Enumeration: {latent.k}^{latent.n} codes are more than max_configurations={max_configurations}"
            )

    @property
    def cost_evaluations(self) -> int:
        return self.latent.configurations

    @property
    def noiseless_for(self) -> CostKind:
        return "quadratic"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        codes = q.support()
        batch = q.logits.shape[: -q.event_dims]
        z = codes.reshape(len(codes), *[1] * len(batch), *self.latent.shape).expand(-1, *q.logits.shape)
        at_z = Estimate.of(cost(z))
        prob = q.log_prob(z).exp()
        surrogate = prob * at_z.value + prob.detach() * at_z.surrogate
        return Estimate(surrogate.sum(0), (prob.detach() * at_z.value).sum(0), at_z.auxiliary)
