"""Antithetic samples of categorical variables, with a copula for each stick that a variable is broken into."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from estimators.antithetic import CopulaEstimator, reached_by, stick_logits
from estimators.distributions import Distribution
from estimators.estimator import CATEGORICAL_ONLY, Cost, Estimate


class CARMS(CopulaEstimator):
    """Categorical antithetic REINFORCE with S samples.

    g = 1 / (S (S - 1)) sum_{s < t} r(z_s, z_t) (f(z_s) - f(z_t)) (z_s - z_t)  per variable.

    The classes in ascending order of probability are sticks, pi_j = p_j / sum_{m >= j} p_m; sample s stops at the first
    stick with u_sj < pi_j, where u_j is a draw of the Dirichlet copula of ARMS for the S samples jointly. With
    P_j = max(2 pi_j^(1 / (S - 1)) - 1, 0)^(S - 1), the probability that two samples that reach j both stop there, and m
    the earlier of two different classes,

    r = prod_{j < m} [(1 - pi_j)^2 / (1 - 2 pi_j + P_j)] pi_m (1 - pi_m) / (pi_m - P_m)

    is the importance weight of the pair relative to independent draws, and r = 0 for equal classes.

    Dimitriev & Zhou 2021, *CARMS: categorical-antithetic-REINFORCE multi-sample gradient estimator*. Unbiased. For
    S = 2 it is the DisARM-IW of Dong, Mnih & Tucker 2021 with the classes in ascending order. S evaluations.

    Args:
        samples: S, at least 2.
    """

    families = CATEGORICAL_ONLY
    citation = "Dimitriev & Zhou 2021"

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        order = q.logits.detach().argsort(-1)
        sticks = torch.sigmoid(stick_logits(q.logits.detach().gather(-1, order)))
        stops = (self.copula(q.uniform(self.samples)[..., :-1]) < sticks).to(q.logits.dtype)
        reached = reached_by(stops)
        sorted_z = torch.cat([reached[..., :-1] * stops, reached[..., -1:]], dim=-1)
        z = torch.zeros_like(sorted_z).scatter(-1, order.expand_as(sorted_z), sorted_z)
        at_z = Estimate.of(cost(z))
        weight = self.pair_weights(sticks)
        gradient = torch.zeros_like(q.logits)
        for s, t in itertools.combinations(range(self.samples), 2):
            # The earlier class is the stick that both samples reach and at which one of them stops.
            earlier = (reached[s] * reached[t])[..., :-1] * torch.maximum(stops[s], stops[t])
            r = torch.where(earlier > 0, weight, 0).sum(-1, keepdim=True)
            difference = (at_z.value[s] - at_z.value[t])[..., None, None]
            gradient = gradient + r * difference * (z[s] - z[t])
        return at_z.mean().with_gradient(q.linear(gradient / (self.samples * (self.samples - 1))))

    def pair_weights(self, sticks: Tensor) -> Tensor:
        """r for each stick m as the earlier of the two classes: ``[*batch, n, k - 1]``."""
        smallest = torch.finfo(sticks.dtype).tiny
        both = self.both_below(sticks)
        passed = (1 - sticks).square() / (1 - 2 * sticks + both).clamp(min=smallest)
        before = torch.cat([torch.ones_like(passed[..., :1]), torch.cumprod(passed, dim=-1)[..., :-1]], dim=-1)
        return before * (1 - sticks) / (1 - both / sticks.clamp(min=smallest))
