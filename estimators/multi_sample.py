"""Estimators for the multi-sample bound of Burda, Grosse & Salakhutdinov 2016 instead of an expected cost."""

from __future__ import annotations

import math
from typing import Literal, get_args

import torch
from torch import Tensor

from estimators.arguments import one_of
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, MultiSampleEstimator
from estimators.latents import Latent

Mean = Literal["geometric", "arithmetic"]


class VIMCO(MultiSampleEstimator):
    """Variational inference for Monte Carlo objectives: the S-sample bound with a leave-one-out baseline per sample.

    The cost must be -log p(x, z). With log w_s = log p(x, z_s) - log q(z_s) and L = log mean_s w_s,

    g = -sum_s (L - L_{-s}) s(z_s) - sum_s w_s / (sum_r w_r) d log w_s,

    where L_{-s} has w_s replaced by the geometric or arithmetic mean of the others; with the arithmetic mean it is the
    bound from the others. The second sum is differentiated through log q and through the parameters of the cost;
    without it the estimate is far off.

    Mnih & Rezende 2016, *Variational inference for Monte Carlo objectives*. Unbiased for the gradient of -E[L], not of
    E[cost]; its value is -L. S evaluations of the cost.

    Args:
        samples: S, at least 2.
        baseline: the mean of the other weights: "geometric", as in the paper's experiments, or "arithmetic".
    """

    unbiased = True
    hard_codes = True
    citation = "Mnih & Rezende 2016"
    objective = "multi_sample_bound"

    def __init__(
        self, latent: Latent, context_size: int | None = None, samples: int = 2, baseline: Mean = "geometric"
    ) -> None:
        super().__init__(latent, context_size, samples)
        one_of(get_args(Mean), baseline=baseline)
        self.baseline = baseline

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(self.samples)
        at_z = Estimate.of(cost(z))
        log_prob = q.log_prob(z)
        log_weights = -at_z.value - log_prob.detach()
        bound = torch.logsumexp(log_weights, dim=0) - math.log(self.samples)
        score = (log_prob * (bound - self.bounds_without_each(log_weights))).sum(0)
        path = (torch.softmax(log_weights, dim=0) * (-at_z.surrogate - log_prob)).sum(0)
        return Estimate(-score - path, -bound, at_z.auxiliary)

    def bounds_without_each(self, log_weights: Tensor) -> Tensor:
        """L_{-s} for each sample, ``[S, *batch]``, from log-weights ``[S, *batch]``."""
        samples = self.samples
        own = torch.eye(samples, dtype=torch.bool, device=log_weights.device)
        own = own.reshape(samples, samples, *[1] * (log_weights.ndim - 1))
        if self.baseline == "arithmetic":
            return torch.logsumexp(log_weights[None].masked_fill(own, -math.inf), dim=1) - math.log(samples - 1)
        mean_of_others = (log_weights.sum(0) - log_weights) / (samples - 1)
        replaced = torch.where(own, mean_of_others[:, None], log_weights[None])
        return torch.logsumexp(replaced, dim=1) - math.log(samples)
