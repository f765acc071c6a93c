from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from estimators import Bernoulli, Latent
from estimators.relaxation import GumbelSoftmax, SpikeAndExponential

LATENT = Latent("bernoulli", n=1)


def smoothed(logit: float, beta: float, draws: int = 100_000) -> Tensor:
    """Draws of zeta."""
    torch.manual_seed(0)
    seen = []

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.append(z.detach())
        return z.sum(-1)

    logits = torch.full((draws, 1), logit, dtype=torch.float64)
    SpikeAndExponential(LATENT, beta=beta)(Bernoulli(logits), cost)
    return seen[0][:, 0]


@pytest.mark.parametrize(("logit", "beta"), [(-1.0, 3.0), (0.5, 1.0), (2.0, 8.0)])
def test_zeta_is_zero_with_the_probability_of_a_zero_and_else_exponential(logit: float, beta: float):
    """Rolfe 2017, section 2.1: density beta e^(beta zeta) / (e^beta - 1). A Kolmogorov-Smirnov test of 1e5 draws sees a
    distribution function that is off by 0.008."""
    zeta = smoothed(logit, beta)
    on = 1 / (1 + math.exp(-logit))
    z_score = ((zeta > 0).double().mean().item() - on) / math.sqrt(on * (1 - on) / len(zeta))
    assert abs(z_score) < 4.5
    assert zeta.max() <= 1
    found = stats.kstest(zeta[zeta > 0].numpy(), lambda x: np.expm1(beta * x) / np.expm1(beta))
    assert found.pvalue > 1e-5  # type: ignore[attr-defined]


def test_the_derivative_of_zeta_is_that_of_its_distribution_function():
    """d zeta / dq = -(dF/dq) / (dF/dzeta) at fixed rho = F(zeta; q) = 1 - q + q (e^(beta zeta) - 1) / (e^beta - 1)."""
    torch.manual_seed(0)
    logits = torch.randn(1000, 1, dtype=torch.float64, requires_grad=True)
    seen = []

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.append(z)
        return z.sum(-1)

    SpikeAndExponential(LATENT, beta=3.0)(Bernoulli(logits), cost)
    (gradient,) = torch.autograd.grad(seen[0].sum(), logits)
    zeta, q = seen[0].detach(), torch.sigmoid(logits.detach())
    share = torch.expm1(3 * zeta) / math.expm1(3)
    slope = (1 - share) / (q * 3 * torch.exp(3 * zeta) / math.expm1(3)) * q * (1 - q)
    torch.testing.assert_close(gradient, torch.where(zeta > 0, slope, torch.zeros_like(slope)))


def test_the_estimates_value_is_the_relaxed_cost():
    torch.manual_seed(0)
    logits = torch.randn(50, 1)

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        return (z * (1 - z)).sum(-1)  # 0 at every hard code

    assert (GumbelSoftmax(LATENT, temperature=1.0)(Bernoulli(logits), cost).value > 0).all()


def test_a_beta_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match=r"estimator\.beta=0"):
        SpikeAndExponential(LATENT, beta=0)
