"""The distributions, against torch.distributions and by sampling."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import scipy.stats
import torch
from torch import Tensor, distributions

from estimators import Bernoulli, Categorical, Distribution

DRAWS = 200_000
RARE = 1e-4
"""Smallest p-value that passes; with 2e5 draws the tests see a difference of distribution functions of 0.5 %."""


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def bernoulli(seed: int = 0) -> Bernoulli:
    return Bernoulli(logits=normal(5, 3, seed=seed))


def categorical(seed: int = 0) -> Categorical:
    return Categorical(logits=normal(5, 3, 4, seed=seed))


BOTH = [bernoulli, categorical]
EACH = pytest.mark.parametrize("make", BOTH, ids=["bernoulli", "categorical"])


def repeated(q: Distribution, rows: int = DRAWS) -> Distribution:
    """The first example's distribution for many examples."""
    return type(q)(logits=q.logits[0].expand(rows, *q.logits.shape[1:]))


@EACH
def test_log_prob_entropy_mean_and_kl_are_those_of_torch(make):
    q, p = make(), make(seed=1)
    torch.manual_seed(0)
    z = q.sample(7)
    torch.testing.assert_close(q.log_prob(z), q.to_torch().log_prob(z))
    torch.testing.assert_close(q.entropy(), q.to_torch().entropy())
    torch.testing.assert_close(q.mean, q.to_torch().mean)
    torch.testing.assert_close(q.kl(p), distributions.kl_divergence(q.to_torch(), p.to_torch()))


@EACH
def test_kl_broadcasts_a_prior_without_batch(make):
    q, p = make(), make(seed=1)
    prior = type(p)(logits=p.logits[0])
    expanded = type(p)(logits=p.logits[0].expand_as(p.logits))
    torch.testing.assert_close(q.kl(prior), q.kl(expanded))


@pytest.mark.parametrize("temperature", [0.3, 0.7, 1.0, 2.0])
def test_the_relaxed_bernoulli_density_is_that_of_torch(temperature: float):
    q = bernoulli()
    z = torch.rand(7, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    relaxed = distributions.RelaxedBernoulli(torch.tensor(temperature, dtype=torch.float64), logits=q.logits)
    torch.testing.assert_close(q.relaxed_log_density(z, temperature), relaxed.log_prob(z).sum(-1))


@pytest.mark.parametrize("temperature", [0.3, 0.7, 1.0, 2.0])
def test_the_relaxed_categorical_density_is_that_of_torch(temperature: float):
    q = categorical()
    z = torch.softmax(normal(7, 5, 3, 4, seed=2), -1)
    relaxed = distributions.RelaxedOneHotCategorical(torch.tensor(temperature, dtype=torch.float64), logits=q.logits)
    torch.testing.assert_close(q.relaxed_log_density(z, temperature), relaxed.log_prob(z).sum(-1))


@EACH
@pytest.mark.parametrize("temperature", [0.4, 1.5])
def test_relaxed_samples_have_the_law_of_torchs(make, temperature: float):
    torch.manual_seed(0)
    q = repeated(make(), 20_000)
    tau = torch.tensor(temperature, dtype=torch.float64)
    relaxed = distributions.RelaxedBernoulli if make is bernoulli else distributions.RelaxedOneHotCategorical
    other: Tensor = relaxed(tau, logits=q.logits).rsample()
    for ours, theirs in zip(q.relax(q.noise(), tau).flatten(1).T, other.flatten(1).T, strict=True):
        result: Any = scipy.stats.ks_2samp(ours.numpy(), theirs.numpy())
        assert result.pvalue > RARE


@EACH
def test_codes_come_up_as_often_as_their_probability_says(make):
    torch.manual_seed(0)
    q = repeated(make())
    codes = q.support()
    drawn = (q.sample().flatten(1)[:, None] == codes.flatten(1)).all(-1)
    assert drawn.sum(-1).eq(1).all()
    expected = type(q)(logits=q.logits[0]).to_torch().log_prob(codes).exp() * DRAWS
    assert scipy.stats.chisquare(drawn.sum(0).numpy(), expected.numpy()).pvalue > RARE


@EACH
def test_the_noise_decides_the_sample_and_its_relaxation(make):
    torch.manual_seed(0)
    q = make()
    noise = q.noise(11)
    z = q.hard(noise)
    assert z.shape == noise.shape == (11, *q.logits.shape)
    torch.testing.assert_close(q.relax(noise, 1e-4), z, atol=1e-3, rtol=0)
    assert not Bernoulli(logits=q.logits.clone().requires_grad_()).hard(noise).requires_grad


@EACH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_conditional_noise_always_decides_the_same_code(make, dtype: torch.dtype):
    torch.manual_seed(0)
    q = repeated(make())
    q = type(q)(logits=q.logits.to(dtype))
    z = q.sample(2)
    assert torch.equal(q.hard(q.conditional_noise(z)), z)
    every = q.support()[:, None].expand(-1, 1_000, *q.logits.shape[1:])
    few = type(q)(logits=q.logits[:1_000])
    assert torch.equal(few.hard(few.conditional_noise(every)), every)


@EACH
@pytest.mark.parametrize("conditional", [False, True], ids=["noise", "conditional noise"])
def test_noise_has_its_distribution_also_through_the_code_it_decides(make, conditional: bool):
    torch.manual_seed(0)
    q = repeated(make())
    noise = q.conditional_noise(q.sample()) if conditional else q.noise()
    expected = scipy.stats.logistic if isinstance(q, Bernoulli) else scipy.stats.gumbel_r
    for column in noise.flatten(1).T.numpy():
        assert abs(column.mean() - expected.mean()) < 4.5 * expected.std() / math.sqrt(DRAWS)
        assert column.std() == pytest.approx(expected.std(), rel=0.02)
        assert scipy.stats.kstest(column, expected.cdf).pvalue > RARE


def test_conditional_noise_of_the_variables_is_independent():
    torch.manual_seed(0)
    q = repeated(categorical())
    correlation = torch.corrcoef(q.conditional_noise(q.sample()).flatten(1).T)
    assert (correlation - torch.eye(12)).abs().max() < 4.5 / math.sqrt(DRAWS)


@EACH
def test_conditional_noise_is_differentiable_in_the_logits(make):
    q = make()
    torch.manual_seed(0)
    z = q.sample()
    direction, weights = normal(*q.logits.shape, seed=3), normal(*q.logits.shape, seed=4)

    def weighted_noise(logits: Tensor) -> Tensor:
        torch.manual_seed(1)
        return (weights * type(q)(logits=logits).conditional_noise(z)).sum()

    logits = q.logits.clone().requires_grad_()
    (slope,) = torch.autograd.grad(weighted_noise(logits), logits)
    assert slope.abs().min() > 0
    difference = weighted_noise(q.logits + 1e-6 * direction) - weighted_noise(q.logits - 1e-6 * direction)
    torch.testing.assert_close((slope * direction).sum(), difference / 2e-6, atol=1e-6, rtol=1e-6)


@EACH
def test_everything_is_finite_at_logits_of_100_in_float32(make):
    """Values and gradients of all of the methods, at every combination of -100, 0 and 100 in a variable's logits."""
    k = 1 if make is bernoulli else 3
    choices = torch.tensor(list(itertools.product((-100.0, 0.0, 100.0), repeat=k)))
    logits = (choices.T if k == 1 else choices[None]).contiguous().requires_grad_()
    q = Bernoulli(logits=logits) if k == 1 else Categorical(logits=logits)
    torch.manual_seed(0)
    noise = q.noise(1_000)
    inside = torch.full_like(logits, 1 / max(k, 2)).detach()
    results = [
        q.mean,
        q.log_prob(q.sample(1_000)),
        q.log_prob(q.hard(-1e3 * logits.detach())),
        q.entropy(),
        q.kl(type(q)(logits=-logits)),
        q.kl(type(q)(logits=logits.detach())),
        q.relax(noise, 1.0),
        q.relax(noise, 0.1),
        q.conditional_noise(q.sample(1_000)),
        q.relax(q.conditional_noise(q.sample(1_000)), 0.1),
        q.relaxed_log_density(inside, 0.5),
    ]
    for number, result in enumerate(results):
        assert result.isfinite().all(), number
        (gradient,) = torch.autograd.grad(result.sum(), logits, retain_graph=True)
        assert gradient.isfinite().all(), number


@EACH
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
def test_noise_is_finite_at_the_ends_of_the_uniform_draw(make, dtype: torch.dtype, last: bool, monkeypatch):
    q = make()
    q = type(q)(logits=q.logits.to(dtype))
    z = q.sample()
    end = 1 - torch.finfo(dtype).eps / 2 if last else 0.0  # rand draws from [0, 1)
    monkeypatch.setattr(torch, "rand", lambda *shape, **options: torch.full(shape, end, **options))
    assert ((q.uniform() > 0) & (q.uniform() < 1)).all()
    for noise in (q.noise(), q.conditional_noise(z)):
        assert noise.dtype == dtype
        assert noise.isfinite().all()


@EACH
def test_the_support_holds_every_code_once_and_its_probabilities_sum_to_one(make):
    q = make()
    codes = q.support()
    k = 2 if make is bernoulli else 4
    assert len({tuple(code.flatten().tolist()) for code in codes}) == len(codes) == k**3
    torch.testing.assert_close(
        q.log_prob(codes[:, None].expand(-1, *q.logits.shape)).exp().sum(0), torch.ones(5).double()
    )


@EACH
def test_detach_cuts_the_distribution_off(make):
    q = make()
    cut = type(q)(logits=q.logits.clone().requires_grad_()).detach()
    assert type(cut) is type(q)
    assert not cut.logits.requires_grad
