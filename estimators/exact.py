"""Estimators that sum over the values of the variables: all of them at once, or one at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.arguments import at_least
from estimators.distributions import Distribution
from estimators.estimator import Cost, CostKind, Estimate, Estimator, NotApplicable
from estimators.latents import Latent


class Enumeration(Estimator):
    """The exact gradient, by summing over the whole support.

    g = sum_z grad q(z) f(z).

    The reference that other estimators are tested against, and the way to marginalise a small latent such as a class
    label. k^n evaluations of the cost.

    Args:
        max_configurations: largest accepted size of the support, ``k ** n``.

    Raises:
        NotApplicable: the support is larger.
    """

    unbiased = True
    hard_codes = True
    citation = "exact"

    def __init__(self, latent: Latent, context_size: int | None = None, max_configurations: int = 2**16) -> None:
        super().__init__(latent, context_size)
        at_least(1, max_configurations=max_configurations)
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
        z = codes.reshape(len(codes), *[1] * len(q.batch_shape), *self.latent.shape).expand(-1, *q.logits.shape)
        at_z = Estimate.of(cost(z))
        prob = q.log_prob(z).exp()
        surrogate = prob * at_z.value + prob.detach() * at_z.surrogate
        return Estimate(surrogate.sum(0), (prob.detach() * at_z.value).sum(0), at_z.auxiliary)


class LocalExpectation(Estimator):
    """Local expectation gradients: each variable is summed out exactly while the others keep their sampled values.

    g_ic = p_ic (f(z with z_i = c) - sum_m p_im f(z with z_i = m)),  z ~ q.

    Titsias & Lázaro-Gredilla 2015, *Local expectation gradients for black box variational inference*, section 3; also
    Tokui & Sato 2017, and De Smet, Sansone & Zuidberg Dos Martires 2023 (IndeCateR). Unbiased; exact and without
    variance for costs that are sums over variables. 1 + n (k - 1) evaluations of the cost, in two calls; the parameters
    inside the cost learn from the sampled code alone.
    """

    unbiased = True
    hard_codes = True
    label = "Local expectation"
    short_label = "LEG"
    citation = "Titsias & Lázaro-Gredilla 2015"

    @property
    def cost_evaluations(self) -> int:
        return 1 + self.latent.n * (self.latent.k - 1)

    @property
    def noiseless_for(self) -> CostKind:
        return "linear"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        others = self.other_values(z)
        with torch.no_grad():
            at_others = Estimate.of(cost(self.with_one_changed(z, others))).value.movedim(1, -1)
        value = at_z.value.unsqueeze(-1)
        if self.latent.family == "bernoulli":
            gradient = q.mean * (1 - q.mean) * (2 * z - 1) * (value - at_others[0])
        else:
            costs = z * value.unsqueeze(-1) + (others * at_others.unsqueeze(-1)).sum(0)
            gradient = q.mean * (costs - (q.mean * costs).sum(-1, keepdim=True))
        return at_z.with_gradient(q.linear(gradient))

    def other_values(self, z: Tensor) -> Tensor:
        """For each variable, the k - 1 values that it does not have in ``z``: ``[k - 1, *batch, n(, k)]``."""
        if self.latent.family == "bernoulli":
            return (1 - z).unsqueeze(0)
        return torch.stack([z.roll(shift, dims=-1) for shift in range(1, self.latent.k)])

    def with_one_changed(self, z: Tensor, others: Tensor) -> Tensor:
        """Codes ``[k - 1, n, *batch, n(, k)]`` that differ from ``z`` in one variable."""
        n, classes = self.latent.n, len(self.latent.shape) - 1
        batch = z.ndim - 1 - classes
        changed = torch.eye(n, dtype=torch.bool, device=z.device).reshape(n, *[1] * batch, n, *[1] * classes)
        return torch.where(changed, others.unsqueeze(1), z)
