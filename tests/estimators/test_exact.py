"""The estimators that sum over values, on every code in place of random ones, so that expectations are exact."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Categorical, Cost, Distribution, Estimate, Estimator, Latent, NotApplicable
from estimators.exact import Enumeration, LocalExpectation
from estimators.latents import FAMILIES

LATENTS = pytest.mark.parametrize("latent", [Latent("bernoulli", n=4), Latent("categorical", n=3, k=3)], ids=repr)
ONE_VARIABLE = pytest.mark.parametrize("latent", [Latent("bernoulli", n=1), Latent("categorical", n=1, k=5)], ids=repr)


class BernoulliAt(Bernoulli):
    """Draws the code it is given."""

    def __init__(self, logits: Tensor, code: Tensor) -> None:
        super().__init__(logits=logits)
        self.code = code

    def sample(self, *samples: int) -> Tensor:
        return self.code


class CategoricalAt(Categorical):
    """Draws the code it is given."""

    def __init__(self, logits: Tensor, code: Tensor) -> None:
        super().__init__(logits=logits)
        self.code = code

    def sample(self, *samples: int) -> Tensor:
        return self.code


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def distribution(latent: Latent, *batch: int) -> Distribution:
    """The same logits for every example, each a leaf of its own."""
    return FAMILIES[latent.family](logits=normal(*latent.shape).expand(*batch, *latent.shape).clone().requires_grad_())


def additive(latent: Latent) -> Cost:
    weights = normal(latent.size, seed=1)
    return lambda z, deeper="sample": 2 + latent.flatten(z) @ weights


def joint(latent: Latent) -> Cost:
    """Not additive."""
    weights = normal(latent.size, 3, seed=2)
    return lambda z, deeper="sample": 2 + torch.tanh(latent.flatten(z) @ weights).prod(-1)


def gradient(estimator: Estimator, q: Distribution, cost: Cost) -> Tensor:
    (found,) = torch.autograd.grad(estimator(q, cost).surrogate.sum(), q.logits)
    return found


def exact(latent: Latent, cost: Cost) -> tuple[Tensor, Tensor]:
    """E[cost] and its gradient for the logits, by the sum over the support."""
    q = distribution(latent)
    z = q.support()
    expected = (q.log_prob(z).exp() * Estimate.of(cost(z)).surrogate).sum()
    (found,) = torch.autograd.grad(expected, q.logits)
    return expected.detach(), found


@LATENTS
def test_enumeration_is_the_sum_over_the_support_for_gradient_and_value(latent: Latent):
    q = distribution(latent, 2, 3)
    estimate = Enumeration(latent)(q, joint(latent))
    (found,) = torch.autograd.grad(estimate.surrogate.sum(), q.logits)
    value, exact_gradient = exact(latent, joint(latent))
    torch.testing.assert_close(found, exact_gradient.expand_as(found), atol=1e-12, rtol=0)
    torch.testing.assert_close(estimate.value, value.expand(2, 3), atol=1e-12, rtol=0)


@LATENTS
def test_enumeration_weighs_the_parameters_inside_the_cost_with_the_probabilities(latent: Latent):
    q = distribution(latent)
    theta = torch.ones(latent.size, dtype=torch.float64, requires_grad=True)
    surrogate = Enumeration(latent)(q, lambda z, deeper="sample": (latent.flatten(z) * theta).sum(-1)).surrogate
    (found,) = torch.autograd.grad(surrogate, theta)
    torch.testing.assert_close(found, q.mean.detach().flatten(), atol=1e-12, rtol=0)


def test_enumeration_refuses_a_support_that_is_too_large_with_the_reason():
    assert Enumeration(Latent("bernoulli", n=4), max_configurations=16).cost_evaluations == 16
    with pytest.raises(NotApplicable, match=r"2\^5 codes are more than max_configurations=16"):
        Enumeration(Latent("bernoulli", n=5), max_configurations=16)


@LATENTS
def test_local_expectation_is_exact_for_every_draw_of_an_additive_cost(latent: Latent):
    torch.manual_seed(0)
    found = gradient(LocalExpectation(latent), distribution(latent, 50), additive(latent))
    _, exact_gradient = exact(latent, additive(latent))
    torch.testing.assert_close(found, exact_gradient.expand_as(found), atol=1e-12, rtol=0)


@ONE_VARIABLE
def test_local_expectation_of_one_variable_is_exact_for_every_draw_of_any_cost(latent: Latent):
    torch.manual_seed(0)
    found = gradient(LocalExpectation(latent), distribution(latent, 50), joint(latent))
    _, exact_gradient = exact(latent, joint(latent))
    torch.testing.assert_close(found, exact_gradient.expand_as(found), atol=1e-12, rtol=0)


def at_every_code(latent: Latent) -> tuple[Distribution, Tensor]:
    """The distribution with each code of its support drawn once, on the batch axis, and the probability of each."""
    free = distribution(latent, latent.configurations)
    support = free.support()
    q = (BernoulliAt if latent.family == "bernoulli" else CategoricalAt)(free.logits, support)
    return q, q.log_prob(support).exp().detach()


@LATENTS
def test_the_mean_of_local_expectation_over_every_code_is_exact(latent: Latent):
    q, prob = at_every_code(latent)
    found = gradient(LocalExpectation(latent), q, joint(latent))
    mean = torch.tensordot(prob, found, dims=1)
    assert found.var(0).max() > 1e-6, "on this cost single estimates vary"
    _, exact_gradient = exact(latent, joint(latent))
    torch.testing.assert_close(mean, exact_gradient, atol=1e-12, rtol=0)


@LATENTS
def test_local_expectation_evaluates_the_code_and_each_that_differs_in_one_variable_once(latent: Latent):
    seen = []

    def watch(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.append(z.reshape(-1, latent.size))
        return latent.flatten(z).sum(-1)

    torch.manual_seed(0)
    LocalExpectation(latent)(distribution(latent), watch)
    z, neighbours = seen
    changed = (neighbours != z).reshape(-1, latent.n, latent.size // latent.n).any(-1)
    assert (changed.sum(-1) == 1).all()
    assert len(torch.unique(neighbours, dim=0)) == len(neighbours) == latent.n * (latent.k - 1)


@LATENTS
def test_the_parameters_inside_the_cost_learn_from_the_sampled_code_alone(latent: Latent):
    q, _ = at_every_code(latent)
    theta = torch.ones(latent.size, dtype=torch.float64, requires_grad=True)
    surrogate = LocalExpectation(latent)(q, lambda z, deeper="sample": (latent.flatten(z) * theta).sum(-1)).surrogate
    (found,) = torch.autograd.grad(surrogate.sum(), theta)
    assert torch.equal(found, latent.flatten(q.sample()).sum(0))
