"""Score-function estimators whose control variate is built from the gradient of the cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from estimators.baselines import Baseline
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, Estimator
from estimators.latents import Latent
from estimators.left_out import LeftOut
from estimators.slopes import gradients, pull_back


class MuProp(Estimator):
    """MuProp: the cost's first-order expansion at the mean as control variate, and a baseline for the remainder.

    g = (r(z) - c) s(z) + D_p[f'(p)],  r(z) = f(z) - f(p) - <f'(p), z - p>,

    where D_p[f'(p)] is the gradient of the linear part's expectation, and c is the running mean of r over past batches,
    since in many dimensions the remainder is far from 0 on average. With layers below, f(p) is the mean-field pass
    through them.

    Gu, Levine, Sutskever & Mnih 2016, *MuProp: unbiased backpropagation for stochastic neural networks*, section 3; its
    experiments centre the signal too. Unbiased; exact and without variance for linear costs, for which r and c are 0. 2
    evaluations of the cost, the one at the mean with its gradient; the cost must accept codes that are not one-hot.

    Args:
        hidden: units of NVIL's network C_psi(x), which then predicts r - c; None for no network.
        decay: decay of the running mean, as in NVIL; 0 uses the last batch's mean.
    """

    version = 2
    unbiased = True
    hard_codes = True
    citation = "Gu, Levine, Sutskever & Mnih 2016"

    def __init__(
        self, latent: Latent, context_size: int | None = None, hidden: int | None = None, decay: float = 0.8
    ) -> None:
        super().__init__(latent, context_size)
        self.baseline = Baseline(context_size, hidden, decay)

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        mean = q.mean.detach()
        at_z = Estimate.of(cost(z))
        at_mean, slope = value_and_slope(cost, mean)
        expansion = at_mean + q.sum_event(slope * (z - mean))
        signal, own = self.baseline(at_z.value - expansion, context)
        return at_z.with_gradient(q.log_prob(z) * signal + q.sum_event(slope * q.mean), own)


def value_and_slope(cost: Cost, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Mean-field cost ``[*batch]`` and its gradient with respect to the mean ``[*batch, n(, k)]``, both constants."""

    def mean_field(mean: Tensor) -> tuple[Tensor, tuple[()]]:
        return Estimate.of(cost(mean, deeper="mean")).surrogate, ()

    with torch.no_grad():
        value, gradient, _ = pull_back(mean_field, mean)
        return value, gradient()


def follow_variance(
    control: nn.Module, left_out: LeftOut, gradient: Callable[[Mapping[str, Tensor]], Tensor], q: Distribution
) -> tuple[Tensor, Tensor | None]:
    """Evaluates g for given draws, and returns it with the objective that trains the control variate's parameters.

    The objective's gradient is that of |g|^2, the single-sample estimate of the variance's gradient (Tucker et al.
    2017, section 3.2; Grathwohl et al. 2018, section 3.1). It is linear in the parameters, so no gradient flows to
    anything else. Batches where its gradient is not finite are left out.

    Args:
        control: the control variate.
        left_out: counts the batches that are left out.
        gradient: g, ``[*batch, n(, k)]``, as a function of the control variate's parameters.
        q: the layer's distribution.
    """
    own = dict(control.named_parameters())

    def squared_norm(own: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        drawn = gradient(own)
        return q.sum_event(drawn.square()).mean(), drawn

    if not control.training:
        with torch.no_grad():
            return gradient(own), None
    slopes, drawn = gradients(squared_norm, own)
    slope = torch.cat([slopes[name].flatten() for name in own])
    rejected = left_out.rejects(slope.sum() + drawn.mean())
    parameters = torch.cat([parameter.flatten() for parameter in own.values()])
    return drawn, (parameters * slope.masked_fill(rejected, 0.0)).sum()
