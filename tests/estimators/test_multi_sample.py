"""VIMCO on every tuple of codes in place of random ones, so that its expectation is exact."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli
from estimators.multi_sample import VIMCO, Mean
from tests.estimators.every_tuple import LATENT, LOGITS, THETA, BernoulliAt, cost, tuples


def exact(samples: int) -> tuple[Tensor, Tensor, Tensor]:
    """-E[log 1/S sum_s p(z_s) / q(z_s)] over all tuples, and its gradient for the logits and for theta."""
    logits, theta = LOGITS.clone().requires_grad_(), THETA.clone().requires_grad_()
    q, z = Bernoulli(logits=logits), tuples(samples)
    log_prob = q.log_prob(z)
    bound = torch.logsumexp(-cost(z, theta) - log_prob, 0) - math.log(samples)
    objective = -(log_prob.sum(0).exp() * bound).sum()
    for_logits, for_theta = torch.autograd.grad(objective, [logits, theta])
    return objective.detach(), for_logits, for_theta


@pytest.mark.parametrize("baseline", ["geometric", "arithmetic"])
@pytest.mark.parametrize("samples", [2, 3])
def test_the_mean_over_every_tuple_is_the_exact_gradient_of_the_negative_bound(samples: int, baseline: Mean):
    z = tuples(samples)
    logits = LOGITS.expand(z.shape[1], 2).clone().requires_grad_()
    theta = THETA.clone().requires_grad_()
    q = BernoulliAt(logits, z)
    estimate = VIMCO(LATENT, samples=samples, baseline=baseline)(q, lambda z: cost(z, theta))
    prob = q.log_prob(z).sum(0).exp().detach()
    for_logits, for_theta = torch.autograd.grad((prob * estimate.surrogate).sum(), [logits, theta])
    value, exact_logits, exact_theta = exact(samples)
    torch.testing.assert_close((prob * estimate.value).sum(), value, atol=1e-12, rtol=0)
    torch.testing.assert_close(for_logits.sum(0), exact_logits, atol=1e-12, rtol=0)
    torch.testing.assert_close(for_theta, exact_theta, atol=1e-12, rtol=0)


def test_the_baseline_puts_the_geometric_mean_of_the_others_in_the_place_of_each_weight():
    weights = torch.tensor([0.2, 1.5, 3.0], dtype=torch.float64)
    found = VIMCO(LATENT, samples=3).bounds_without_each(weights.log().unsqueeze(-1)).squeeze(-1)
    expected = [math.log((0.2 + 1.5 + 3.0 - own + math.sqrt(0.2 * 1.5 * 3.0 / own)) / 3) for own in weights.tolist()]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_the_arithmetic_mean_of_the_others_is_their_bound():
    weights = torch.tensor([0.2, 1.5, 3.0], dtype=torch.float64)
    vimco = VIMCO(LATENT, samples=3, baseline="arithmetic")
    found = vimco.bounds_without_each(weights.log().unsqueeze(-1)).squeeze(-1)
    expected = [math.log((0.2 + 1.5 + 3.0 - own) / 2) for own in weights.tolist()]
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_a_mean_that_is_none_is_refused():
    with pytest.raises(ValueError, match="baseline='harmonic': choose one of geometric, arithmetic"):
        VIMCO(LATENT, baseline="harmonic")  # type: ignore[arg-type]


def test_a_constant_in_the_cost_moves_the_bound_and_no_estimate():
    gradients, values = [], []
    for shift in (0.0, 100.0):
        torch.manual_seed(0)
        logits = LOGITS.expand(50, 2).clone().requires_grad_()
        estimate = VIMCO(LATENT, samples=3)(
            Bernoulli(logits=logits), lambda z, deeper="sample", c=shift: cost(z, THETA) + c
        )
        gradients += torch.autograd.grad(estimate.surrogate.sum(), logits)
        values.append(estimate.value)
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-10, rtol=0)
    torch.testing.assert_close(values[0] + 100, values[1], atol=1e-10, rtol=0)


def test_weights_far_beyond_the_range_of_exp_are_handled_in_log_space():
    torch.manual_seed(0)
    logits = torch.randn(20, 2, requires_grad=True)
    estimate = VIMCO(LATENT, samples=4)(Bernoulli(logits=logits), lambda z: 1e4 + 300 * z.sum(-1))
    (found,) = torch.autograd.grad(estimate.surrogate.sum(), logits)
    assert found.isfinite().all()
    assert (estimate.value >= 1e4 - 10).all()
    assert estimate.value.isfinite().all()


def test_vimco_needs_two_samples():
    with pytest.raises(ValueError, match=r"samples=1"):
        VIMCO(LATENT, samples=1)
