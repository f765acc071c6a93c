"""Reweighted wake-sleep and its tempered relative on every tuple of codes, so that expectations are exact."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from estimators import DAPS, Bernoulli, Estimate, Estimator, Latent, ReweightedWakeSleep
from tests.estimators.every_tuple import LATENT, LOGITS, THETA, BernoulliAt, cost, tuples

EXACT = partial(torch.testing.assert_close, atol=1e-12, rtol=0)


def of_every_tuple(estimator: Estimator, samples: int) -> tuple[Tensor, Tensor, Tensor]:
    """Mean gradients of the logits and of theta, and the mean value, over all tuples of S codes."""
    z = tuples(samples)
    logits = LOGITS.expand(z.shape[1], 2).clone().requires_grad_()
    theta = THETA.clone().requires_grad_()
    q = BernoulliAt(logits, z)
    estimate = estimator.double().eval()(q, lambda z: cost(z, theta))
    prob = q.log_prob(z).sum(0).exp().detach()
    for_logits, for_theta = torch.autograd.grad((prob * estimate.surrogate).sum(), [logits, theta])
    return for_logits.sum(0), for_theta, (prob * estimate.value).sum()


def formula(samples: int, weights: Callable[[Tensor], Tensor]) -> Tensor:
    """-E[sum_s v_s s(z_s)], v = ``weights(log w)``, tuple by tuple and without the term of mean zero."""
    q = Bernoulli(logits=LOGITS)
    total = torch.zeros_like(LOGITS)
    for codes in itertools.product(q.support(), repeat=samples):
        z = torch.stack(codes)
        log_w = -cost(z, THETA) - q.log_prob(z)
        total -= q.log_prob(z).sum().exp() * weights(log_w) @ (z - q.mean)
    return total


def tempered(eta: float) -> Callable[[Tensor], Tensor]:
    return lambda log_w: (1 + eta) * (log_w / (1 + eta)).exp() / (log_w / (1 + eta)).exp().sum()


@pytest.mark.parametrize("samples", [2, 3, 4])
def test_the_mean_over_every_tuple_is_that_of_the_formula(samples: int):
    expected = formula(samples, lambda log_w: log_w.exp() / log_w.exp().sum())
    EXACT(of_every_tuple(ReweightedWakeSleep(LATENT, samples=samples), samples)[0], expected)


@pytest.mark.parametrize("eta", [0.5, 3.0])
def test_the_tempered_mean_over_every_tuple_is_that_of_its_formula(eta: float):
    torch.testing.assert_close(of_every_tuple(DAPS(LATENT, samples=3, eta=eta), 3)[0], formula(3, tempered(eta)))


class WithoutLogQ(ReweightedWakeSleep):
    def signal(self, log_weights: Tensor) -> tuple[Tensor, Tensor | None]:
        return torch.softmax(2 * log_weights, dim=0) - 1 / self.samples, None


class OverTheBatch(ReweightedWakeSleep):
    def signal(self, log_weights: Tensor) -> tuple[Tensor, Tensor | None]:
        return torch.softmax(log_weights, dim=1) - 1 / self.samples, None


class WithoutTheFactor(DAPS):
    def signal(self, log_weights: Tensor) -> tuple[Tensor, Tensor | None]:
        signal, own = super().signal(log_weights)
        return signal / (1 + self.log_eta.exp()), own


@pytest.mark.parametrize(
    ("mistake", "weights"),
    [
        (WithoutLogQ, lambda log_w: log_w.softmax(0)),
        (OverTheBatch, lambda log_w: log_w.softmax(0)),
        (WithoutTheFactor, tempered(1.0)),
    ],
)
def test_a_mistake_is_off_by_more_than_one_percent(
    mistake: type[ReweightedWakeSleep], weights: Callable[[Tensor], Tensor]
):
    expected = formula(3, weights)
    assert (of_every_tuple(mistake(LATENT, samples=3), 3)[0] - expected).norm() > 0.01 * expected.norm()


@pytest.mark.parametrize("kind", [ReweightedWakeSleep, DAPS])
def test_the_cost_s_parameters_and_the_value_are_those_of_the_bound(kind: type[ReweightedWakeSleep]):
    theta = THETA.clone().requires_grad_()
    q, z = Bernoulli(logits=LOGITS), tuples(3)
    log_prob = q.log_prob(z)
    bound = torch.logsumexp(-cost(z, theta) - log_prob, 0) - math.log(3)
    objective = -(log_prob.sum(0).exp() * bound).sum()
    (for_theta,) = torch.autograd.grad(objective, theta)
    _, found, value = of_every_tuple(kind(LATENT, samples=3), 3)
    EXACT(found, for_theta)
    EXACT(value, objective.detach())


def test_with_many_samples_it_descends_the_kl_from_the_posterior():
    """KL(p(z|x) || q) has the gradient -E_{p(z|x)}[s(z)]; 5,000 samples leave well below 1 % of bias and noise."""
    torch.manual_seed(0)
    logits = LOGITS.expand(200, 2).clone().requires_grad_()
    estimate = ReweightedWakeSleep(LATENT, samples=5_000)(Bernoulli(logits=logits), lambda z: cost(z, THETA))
    (found,) = torch.autograd.grad(estimate.surrogate.sum() / 200, logits)
    q = Bernoulli(logits=LOGITS)
    posterior = torch.softmax(-cost(q.support(), THETA), 0)
    expected = q.mean - posterior @ q.support()
    assert (found.sum(0) - expected).norm() < 0.01 * expected.norm()


def test_as_eta_grows_it_is_the_elbo_s_gradient_less_one_part_in_s():
    logits = LOGITS.clone().requires_grad_()
    q = Bernoulli(logits=logits)
    z = q.support()
    elbo = (q.log_prob(z).exp() * (-cost(z, THETA) - q.log_prob(z))).sum()
    (exact,) = torch.autograd.grad(-elbo, logits)
    found, _, _ = of_every_tuple(DAPS(LATENT, samples=3, eta=1e5), 3)
    torch.testing.assert_close(found, exact * 2 / 3, atol=1e-3, rtol=1e-3)


def test_eta_goes_to_where_half_of_the_samples_are_effective():
    torch.manual_seed(0)
    daps = DAPS(LATENT, samples=8, eta=0.01)
    optimizer = torch.optim.Adam(daps.parameters(), 0.05)

    def call() -> Estimate:
        return daps(Bernoulli(logits=torch.zeros(256, 2)), lambda z: 20 * cost(z, THETA.float()))

    for _ in range(400):
        optimizer.zero_grad()
        auxiliary = call().auxiliary
        assert auxiliary is not None
        auxiliary.backward()
        optimizer.step()
    z = Bernoulli(logits=torch.zeros(4096, 2)).sample(8)
    v = torch.softmax(-20 * cost(z, THETA.float()) / (1 + daps.log_eta.exp()), 0)
    assert v.square().sum(0).reciprocal().mean().item() == pytest.approx(4, abs=0.2)


def test_eta_must_be_positive():
    with pytest.raises(ValueError, match="eta=0: a positive number is needed"):
        DAPS(Latent("bernoulli", 2), eta=0)
