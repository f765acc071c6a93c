from __future__ import annotations

import math
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from estimators import Bernoulli, Estimator, Latent
from estimators.relaxation import GumbelSoftmax, SpikeAndExponential
from tests.estimators.every_code import exact_gradient

LATENT = Latent("bernoulli", n=1)


def smoothed(logit: float, beta: float, draws: int = 100_000) -> Tensor:
    """Draws of zeta."""
    torch.manual_seed(0)
    seen = []

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.append(z.detach())
        return z.sum(-1)

    logits = torch.full((draws, 1), logit, dtype=torch.float64)
    SpikeAndExponential(LATENT, beta=beta)(Bernoulli(logits=logits), cost)
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

    SpikeAndExponential(LATENT, beta=3.0)(Bernoulli(logits=logits), cost)
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

    assert (GumbelSoftmax(LATENT, temperature=1.0)(Bernoulli(logits=logits), cost).value > 0).all()


TWO_BITS = torch.tensor([0.4, -0.9], dtype=torch.float64)
MIDPOINTS = (torch.arange(500, dtype=torch.float64) + 0.5) / 500
"""Of equal cells of (0, 1)."""


def over_the_square(estimator: Estimator, points: Tensor, weights: Tensor) -> tuple[float, float]:
    """Bias, a share of the norm, and total variance on two bits, by quadrature over the square of their draws.

    ``points`` and ``weights`` are ``[2, m]``, a rule for each bit.
    """
    draws, weight = torch.cartesian_prod(*points), torch.cartesian_prod(*weights).prod(-1)
    q = Bernoulli(logits=TWO_BITS.expand(len(draws), 2).clone().requires_grad_())

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        return 2 + torch.tanh(2 * z[..., 0] - 1.5 * z[..., 1] - 0.3) + z.prod(-1)

    with mock.patch.object(q, "uniform", return_value=draws):
        surrogate = estimator.double()(q, cost).surrogate
    (gradient,) = torch.autograd.grad(surrogate.sum(), q.logits)
    exact = exact_gradient(Bernoulli(logits=TWO_BITS), cost)
    mean = weight @ gradient
    return ((mean - exact).norm() / exact.norm()).item(), (weight @ (gradient - mean).square()).sum().item()


def uniform_rule() -> tuple[Tensor, Tensor]:
    return MIDPOINTS.expand(2, -1), torch.full_like(MIDPOINTS, 1 / len(MIDPOINTS)).expand(2, -1)


def spike_rule(beta: float) -> tuple[Tensor, Tensor]:
    """One point for the spike and the rest even in zeta: the gradient lives on a share e^-beta of the draws.

    With s = (e^(beta zeta) - 1) / (e^beta - 1), zeta is reached by 1 - rho = q (1 - s).
    """
    prob = torch.sigmoid(TWO_BITS)[:, None]
    share = torch.expm1(beta * MIDPOINTS) / math.expm1(beta)
    density = beta * torch.exp(beta * MIDPOINTS) / math.expm1(beta)
    points = torch.cat([(1 + prob) / 2, prob * (1 - share)], -1)
    return points, torch.cat([1 - prob, prob * density / len(MIDPOINTS)], -1)


def test_the_bias_of_gumbel_softmax_falls_and_its_variance_rises_as_it_cools():
    bits = Latent("bernoulli", n=2)
    found = [over_the_square(GumbelSoftmax(bits, temperature=tau), *uniform_rule()) for tau in (1.0, 0.5, 0.2, 0.05)]
    biases, variances = zip(*found, strict=True)
    assert all(warm > cold for warm, cold in pairwise(biases))
    assert biases[-1] < 0.03
    assert all(warm < cold for warm, cold in pairwise(variances))


def test_the_bias_of_spike_and_exponential_falls_and_its_variance_rises_as_beta_grows():
    bits = Latent("bernoulli", n=2)
    found = [
        over_the_square(SpikeAndExponential(bits, beta=beta), *spike_rule(beta)) for beta in (1.0, 3.0, 10.0, 20.0)
    ]
    biases, variances = zip(*found, strict=True)
    assert all(smooth > steep for smooth, steep in pairwise(biases))
    assert all(smooth < steep for smooth, steep in pairwise(variances))


def test_the_variance_of_spike_and_exponential_grows_as_e_to_beta_over_beta_squared():
    """The score of zeta at a bit of probability q has the second moment q (1 - q)^2 e^beta / beta^2 for large beta."""
    bits = Latent("bernoulli", n=2)
    _, smooth = over_the_square(SpikeAndExponential(bits, beta=20.0), *spike_rule(20.0))
    _, steep = over_the_square(SpikeAndExponential(bits, beta=25.0), *spike_rule(25.0))
    assert steep / smooth == pytest.approx(math.exp(5) * (20 / 25) ** 2, rel=0.05)


def test_no_gradient_is_left_at_a_temperature_of_1000():
    torch.manual_seed(0)
    q = Bernoulli(logits=torch.randn(1000, 2, dtype=torch.float64).requires_grad_())
    surrogate = GumbelSoftmax(Latent("bernoulli", n=2), temperature=1e3).double()(q, lambda z: z.sum(-1))
    (gradient,) = torch.autograd.grad(surrogate.surrogate.sum(), q.logits)
    assert 0 < gradient.norm(dim=-1).max() < 5e-3


@pytest.mark.parametrize("beta", [0.0, 80.5, math.inf, math.nan])
def test_a_beta_that_is_not_positive_or_overflows_float32_is_refused(beta: float):
    with pytest.raises(ValueError, match=r"beta="):
        SpikeAndExponential(LATENT, beta=beta)


def test_the_largest_beta_is_finite_in_float32_at_logits_of_100():
    torch.manual_seed(0)
    q = Bernoulli(logits=torch.tensor([[-100.0], [0.0], [100.0]]).repeat(100, 1).requires_grad_())
    found = SpikeAndExponential(LATENT, beta=80.0)(q, lambda z: z.sum(-1))
    (gradient,) = torch.autograd.grad(found.surrogate.sum(), q.logits)
    assert found.value.isfinite().all()
    assert gradient.isfinite().all()
