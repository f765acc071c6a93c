from __future__ import annotations

import torch
from torch import Tensor

from estimators import Categorical, Latent
from estimators.straight_through import ReinMax
from estimators.straight_through_gumbel import GappedStraightThrough

LATENT = Latent("categorical", n=3, k=5)


def test_reinmax_is_half_of_straight_through_and_the_expansion_around_the_mean():
    """Liu et al. 2023: at temperature 1, g = 1/2 (D_pi[g] + <g, z - pi> (z - pi))."""
    torch.manual_seed(0)
    logits = torch.randn(200, 3, 5, dtype=torch.float64, requires_grad=True)
    slopes, seen = torch.randn(2, 200, 3, 5, dtype=torch.float64).unbind()

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.copy_(z.detach())
        return (z * slopes).sum((-2, -1))

    (gradient,) = torch.autograd.grad(ReinMax(LATENT)(Categorical(logits), cost).surrogate.sum(), logits)
    prob = logits.detach().softmax(-1)
    straight_through = prob * (slopes - (prob * slopes).sum(-1, keepdim=True))
    expansion = (slopes * (seen - prob)).sum(-1, keepdim=True) * (seen - prob)
    torch.testing.assert_close(gradient, (straight_through + expansion) / 2, atol=1e-12, rtol=0)


def test_the_gap_is_kept_between_the_sampled_class_and_every_other():
    torch.manual_seed(0)
    q = Categorical(3 * torch.randn(500, 3, 5, dtype=torch.float64))
    z = q.sample()
    moved = GappedStraightThrough(LATENT, gap=0.75).moved(q, z)
    sampled = (moved * z).sum(-1)
    others = moved.masked_fill(z > 0.5, -torch.inf)
    torch.testing.assert_close(sampled, q.logits.amax(-1))
    assert (sampled - others.amax(-1) >= 0.75 - 1e-12).all()
    untouched = (z < 0.5) & (q.logits <= q.logits.amax(-1, keepdim=True) - 0.75)
    assert torch.equal(moved[untouched], q.logits[untouched])
