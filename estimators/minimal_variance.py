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

    g_logits = S(x)^T g  per variable, at the sampled class x, with pi the probabilities and J = diag(pi) - pi pi^T,

    S(x)_ik = [(1 + t pi_i) V_ik - t pi_i V_xk + t 1[i = x] J_xk] / (1 + t (pi_i + pi_x)),   A V = B,
    A_ij = -t pi_i pi_j / (1 + t (pi_i + pi_j))  for i != j,
    A_ii = (1 + t pi_i) sum_j pi_j / (1 + t (pi_i + pi_j)) - t pi_i^2 / (1 + 2 t pi_i),
    B_ik = (1 + t pi_i) / (1 + 2 t pi_i) J_ik.

    It is the linear estimator that minimises the variance plus t times the squared bias for quadratic costs: for t = 0
    it is straight-through; as t tends to infinity, its bias for quadratic costs vanishes and its variance is about that
    of ReinMax. A bit is treated as a variable with classes 1 and 0. The smallest eigenvalue of A is about 2 / t, so the
    system is solved in float64, with k^3 operations per variable, which is little for k up to 16.

    Hooper & Shekhovtsov 2026, *Generalized and optimal straight-through estimators*, section 4. The paper lets t grow
    from 1 to 10^6 by a constant factor per epoch.

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
        if self.latent.family == "bernoulli":
            prob = torch.stack([torch.sigmoid(q.logits), torch.sigmoid(-q.logits)], dim=-1).detach()
            return self.jacobian(prob, torch.stack([z, 1 - z], dim=-1))[..., 0, 0] * q.logits
        jacobian = self.jacobian(q.mean.detach(), z)
        return (jacobian @ q.logits.unsqueeze(-1)).squeeze(-1)

    def jacobian(self, prob: Tensor, z: Tensor) -> Tensor:
        """S(x), which replaces the derivative of element i of the code in logit k: ``[*batch, n, k, k]``.

        Args:
            prob: pi, ``[*batch, n, k]``.
            z: one-hot, ``[*batch, n, k]``.
        """
        t, p = self.scheduled("weight").double(), prob.double()
        x = z.to(p.dtype)
        softmax_jacobian = torch.diag_embed(p) - p.unsqueeze(-1) * p.unsqueeze(-2)
        weighted = 1 + t * p
        pairs = 1 / (1 + t * (p.unsqueeze(-1) + p.unsqueeze(-2)))
        twice = 1 / (1 + 2 * t * p)
        diagonal = weighted * (pairs @ p.unsqueeze(-1)).squeeze(-1)
        a = torch.diag_embed(diagonal) - t * p.unsqueeze(-1) * p.unsqueeze(-2) * pairs
        v = torch.linalg.solve(a, (weighted * twice).unsqueeze(-1) * softmax_jacobian)
        v_x, j_x = x.unsqueeze(-2) @ v, x.unsqueeze(-2) @ softmax_jacobian
        scale = 1 / (1 + t * (p + (x * p).sum(-1, keepdim=True)))
        s = weighted.unsqueeze(-1) * v - t * p.unsqueeze(-1) * v_x + t * x.unsqueeze(-1) * j_x
        return (scale.unsqueeze(-1) * s).to(prob.dtype)
