"""Straight-through estimators with minimal variance among those that are linear in the cost's gradient."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.distributions import Distribution
from estimators.estimator import CostKind
from estimators.latents import Latent
from estimators.schedules import Schedule
from estimators.straight_through import HardSampleEstimator


class MinimalVariance(HardSampleEstimator):
    """The minimal-variance straight-through estimator (MVE): between straight-through and second-order ones.

    g = M(x)^T f'(z)  per variable, with x the sampled class and J = diag(p) - p p^T,

    M(x)_ik = [(1 + t p_i) V_ik - t p_i V_xk + t 1[i = x] J_xk] / (1 + t (p_i + p_x)),   A V = B,
    A_ij = -t p_i p_j / (1 + t (p_i + p_j))  for i != j,
    A_ii = (1 + t p_i) sum_j p_j / (1 + t (p_i + p_j)) - t p_i^2 / (1 + 2 t p_i),
    B_ik = (1 + t p_i) / (1 + 2 t p_i) J_ik.

    It is the linear estimator that minimises the variance plus t times the squared bias for quadratic costs: for t = 0
    it is straight-through; as t tends to infinity, its bias for quadratic costs vanishes and its variance is about that
    of ReinMax. A bit is treated as a variable with classes 1 and 0. The smallest eigenvalue of A is about 2 / t, so the
    system is solved in float64, with k^3 operations per variable, which is little for k up to 16.

    Hooper & Shekhovtsov 2026, *Generalized and optimal straight-through estimators*. In the authors' experiments t
    grows from 1 to 10^6, by a constant factor per epoch.

    Args:
        weight: t, the weight of the squared bias relative to the variance; a constant or a schedule.
    """

    label = "Minimal variance"
    short_label = "MVE"
    citation = "Hooper & Shekhovtsov 2026"
    weight: Tensor

    def __init__(self, latent: Latent, context_size: int | None = None, weight: Schedule | float = 1.0) -> None:
        super().__init__(latent, context_size)
        self.register_schedule("weight", weight)

    @property
    def exact_for(self) -> CostKind:
        return "multilinear"

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        if self.latent.family == "categorical":
            return self.transform(q.mean.detach(), z, q.logits)
        prob = torch.stack([torch.sigmoid(q.logits), torch.sigmoid(-q.logits)], dim=-1).detach()
        logits = torch.stack([q.logits, torch.zeros_like(q.logits)], dim=-1)
        return self.transform(prob, torch.stack([z, 1 - z], dim=-1), logits)[..., 0]

    def transform(self, prob: Tensor, z: Tensor, logits: Tensor) -> Tensor:
        """M(x) logits, ``[*batch, n, k]``, without M(x): one system with one right-hand side per variable.

        Args:
            prob: p, ``[*batch, n, k]``, without a gradient.
            z: one-hot, ``[*batch, n, k]``.
            logits: ``[*batch, n, k]``; the only argument through which gradients pass.
        """
        t, p, x = self.scheduled("weight").double(), prob.double(), z.detach().double()
        weighted = 1 + t * p
        jl = p * (logits.double() - (p * logits).sum(-1, keepdim=True))
        vl = torch.linalg.solve(_system(t, p), weighted / (weighted + t * p) * jl)
        vl_x, jl_x, p_x = ((x * y).sum(-1, keepdim=True) for y in (vl, jl, p))
        s = weighted * vl - t * p * vl_x + t * x * jl_x
        return (s / (1 + t * (p + p_x))).to(logits.dtype)


def _system(t: Tensor, p: Tensor) -> Tensor:
    """A, ``[*batch, n, k, k]``, built in place: it is much larger than all other tensors of a step."""
    a = (t * p).unsqueeze(-1) + (t * p).unsqueeze(-2)
    a.add_(1).reciprocal_()
    sums = (a @ p.unsqueeze(-1)).squeeze(-1)
    a.mul_(p.unsqueeze(-1)).mul_((-t * p).unsqueeze(-2))
    a.diagonal(dim1=-2, dim2=-1).add_((1 + t * p) * sums)
    return a
