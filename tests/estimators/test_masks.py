"""Logits of -inf, or of the lowest number of their type, are classes that are not there."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from estimators import Bernoulli, Categorical, Distribution, Latent
from estimators.exact import Enumeration
from estimators.unordered_set import UnorderedSet
from tests.estimators.every_estimator import CONTEXT_SIZE, PAIRS, every_pair_in_one_of, made, weights
from tests.estimators.whole_step import cost_with, estimate_with_kl, gradients

LOWEST = torch.finfo(torch.float32).min
MASKS = pytest.mark.parametrize("mask", [-math.inf, LOWEST], ids=["-inf", "lowest"])
INSIDE = torch.tensor([0, 2, 3])
"""The classes of the others, with class 1 ruled out."""


def logits(latent: Latent, rows: int) -> Tensor:
    return torch.randn(rows, *latent.shape, generator=torch.Generator().manual_seed(1))


def ruled_out(latent: Latent) -> Tensor:
    """A mask of places: the last two bits, or class 1 everywhere and class 3 of the first variable."""
    places = torch.zeros(latent.shape, dtype=torch.bool)
    places[..., 1] = True
    places[(2,) if latent.family == "bernoulli" else (0, 3)] = True
    return places


def masked_logits(latent: Latent, rows: int, low: float) -> Tensor:
    """With ``low`` where the mask is; the last bit is always 1, and has ``-low``."""
    masked = logits(latent, rows).masked_fill(ruled_out(latent), low)
    if latent.family == "bernoulli":
        masked[:, 2] *= -1
    return masked


@every_pair_in_one_of("training mask", *itertools.product((True, False), (-math.inf, LOWEST)))
def test_an_estimate_is_that_of_the_distribution_without_the_classes(
    name: str, latent: Latent, training: bool, mask: float
):
    """From the same noise that of the finite logits -1e4, whose probability is 0, and no gradient where the mask is."""
    found = []
    for low in (mask, -1e4):
        leaf = masked_logits(latent, 8, low).requires_grad_()
        weight = weights(latent)
        torch.manual_seed(0)
        estimator = made(name, latent).train(training)
        for seed in (0, 1):  # the second meets the state that the first left
            estimate = estimate_with_kl(estimator, latent(leaf.flatten(1)), cost_with(latent, weight), seed)
        found.append([estimate.value, *gradients(estimate, estimator, leaf, weight)])
        assert estimate.surrogate.isfinite().all()
    assert all(each.isfinite().all() for each in found[0])
    assert found[0][1].masked_select(ruled_out(latent)).eq(0).all()
    found[1][1].masked_fill_(ruled_out(latent), 0)  # where arm and arsm have noise of mean 0
    for masked, low in zip(*found, strict=True):
        torch.testing.assert_close(masked, low, rtol=1e-4, atol=1e-6)


UNBIASED = [
    pytest.param(*pair.values, id=pair.id, marks=pytest.mark.slow if pair.values[0] == "unordered_set" else pair.marks)
    for pair in PAIRS
    if made(*pair.values).unbiased and pair.values[0] != "vimco"  # whose objective enumeration does not have
]
"""That of unordered_set is tested over every set below, and takes longer than all others together."""


@pytest.mark.parametrize(("name", "latent"), UNBIASED)
def test_unbiased_estimators_have_the_exact_gradient_of_what_the_mask_leaves(name: str, latent: Latent):
    """40,000 estimates: an error of 4.5 standard errors shows, 0.5 to 5 % of the gradient's norm."""
    rows = 40_000
    estimator = made(name, latent).eval()
    cost = cost_with(latent, weights(latent).detach())
    one = masked_logits(latent, 1, -math.inf)
    leaf = one.expand(rows, *latent.shape).clone().requires_grad_()
    torch.manual_seed(2)
    surrogate = estimator(latent(leaf.flatten(1)), cost, torch.zeros(rows, CONTEXT_SIZE)).surrogate
    (each,) = torch.autograd.grad(surrogate.sum(), leaf)
    exact = exact_gradient(latent, one)
    error = (each.double().mean(0) - exact).abs()
    assert (error <= 4.5 * each.double().std(0) / math.sqrt(rows) + 1e-6).all()


def exact_gradient(latent: Latent, masked: Tensor) -> Tensor:
    """By enumeration in float64, with -1e4 in place of the mask."""
    leaf = masked.double().clamp(-1e4, 1e4).requires_grad_()
    cost = cost_with(latent, weights(latent).detach().double())
    (gradient,) = torch.autograd.grad(Enumeration(latent)(latent(leaf.flatten(1)), cost).surrogate.sum(), leaf)
    return gradient[0]


def categorical(mask: float, rows: int = 5) -> tuple[Categorical, Categorical, Tensor]:
    """A distribution of 4 classes of which class 1 is ruled out, that of the other three, and the leaf of the first."""
    leaf = logits(Latent("categorical", n=2, k=4), rows)
    leaf[..., 1] = mask
    leaf.requires_grad_()
    return Categorical(logits=leaf), Categorical(logits=leaf.detach()[..., INSIDE]), leaf


@MASKS
def test_values_of_a_categorical_are_those_without_the_class(mask: float):
    q, small, leaf = categorical(mask)
    torch.manual_seed(0)
    z = small.sample(50)
    wide = torch.zeros(50, *leaf.shape).index_copy(-1, INSIDE, z)
    relaxed = torch.softmax(torch.randn(50, *z.shape[1:]), -1)
    wide_relaxed = torch.zeros(50, *leaf.shape).index_copy(-1, INSIDE, relaxed)
    prior = Categorical(logits=torch.randn(5, 2, 4))
    masked_prior = Categorical(logits=prior.logits.index_fill(-1, torch.tensor(1), mask))
    pairs = [
        (q.log_prob(wide), small.log_prob(z)),
        (q.entropy(), small.entropy()),
        (q.mean[..., INSIDE], small.mean),
        (q.relaxed_log_density(wide_relaxed, 0.7), small.relaxed_log_density(relaxed, 0.7)),
        (q.kl(masked_prior), small.kl(Categorical(logits=masked_prior.logits[..., INSIDE]))),
        (q.kl(prior), (small.mean * (small.log_mean - prior.log_mean[..., INSIDE])).sum((-1, -2))),
    ]
    for number, (ours, theirs) in enumerate(pairs):
        torch.testing.assert_close(ours, theirs, msg=lambda m, number=number: f"{number}: {m}")
    total = torch.cat([ours.flatten() for ours, _ in pairs]).sum()
    (gradient,) = torch.autograd.grad(total, leaf)
    assert gradient.isfinite().all()
    assert gradient[..., 1].eq(0).all()
    assert q.mean[..., 1].eq(0).all()


@MASKS
@pytest.mark.parametrize("sign", [1, -1], ids=["always 0", "always 1"])
def test_values_of_bits_are_those_without_the_value(mask: float, sign: int):
    free = logits(Latent("bernoulli", n=2), 5)
    leaf = torch.cat([free, torch.full((5, 1), sign * mask)], -1).requires_grad_()
    q, small = Bernoulli(logits=leaf), Bernoulli(logits=free)
    torch.manual_seed(0)
    z = small.sample(50)
    certain = torch.full((50, 5, 1), float(sign < 0))
    relaxed = torch.rand(50, 5, 2)
    prior = Bernoulli(logits=torch.randn(5, 3))
    masked_prior = Bernoulli(logits=prior.logits.index_fill(-1, torch.tensor(2), sign * mask))
    price = F.softplus(sign * prior.logits[:, 2])
    pairs = [
        (q.log_prob(torch.cat([z, certain], -1)), small.log_prob(z)),
        (q.entropy(), small.entropy()),
        (q.mean, torch.cat([small.mean, certain[0]], -1)),
        (
            q.relaxed_log_density(torch.cat([relaxed, certain], -1), 0.7),
            small.relaxed_log_density(relaxed, 0.7),
        ),
        (q.kl(masked_prior), small.kl(Bernoulli(logits=masked_prior.logits[..., :2]))),
        (q.kl(prior), small.kl(Bernoulli(logits=prior.logits[..., :2])) + price),
    ]
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs)
    (gradient,) = torch.autograd.grad(torch.cat([ours.flatten() for ours, _ in pairs]).sum(), leaf)
    assert gradient.isfinite().all()
    assert gradient[..., 2].eq(0).all()


@MASKS
@pytest.mark.parametrize("family", ["bernoulli", "categorical"])
def test_a_code_that_is_ruled_out_has_probability_zero_and_a_prior_without_it_costs_infinitely_much(
    family: str, mask: float
):
    latent = Latent(family, n=2, k=2 if family == "bernoulli" else 4)  # type: ignore[arg-type]
    masked = torch.zeros(3, *latent.shape)
    masked[1:, ..., 1] = mask
    q = latent(masked.flatten(1))
    z = torch.zeros_like(masked)
    z[..., 1] = 1
    assert q.log_prob(z).tolist() == [pytest.approx(-2 * math.log(latent.k)), -math.inf, -math.inf]
    free, prior = latent(torch.zeros(3, latent.size)), q
    assert free.kl(prior).tolist() == [pytest.approx(0), math.inf, math.inf]
    rare = torch.zeros_like(masked)
    rare[..., 1] = -20.0
    assert latent(rare.flatten(1)).kl(prior)[1:].tolist() == [math.inf, math.inf]
    assert prior.kl(prior).tolist() == pytest.approx([0, 0, 0])


@MASKS
def test_nothing_that_is_ruled_out_is_ever_drawn(mask: float):
    """By any way to a code, of 2e5 draws each, also where only one class is left."""
    torch.manual_seed(0)
    masked = torch.randn(50_000, 2, 4)
    masked[..., 0] = mask
    masked[..., 3] = mask
    masked[:, 0, 2] = mask
    bits = torch.randn(50_000, 4)
    bits[:, 1] = mask
    for q, out in ((Categorical(logits=masked), masked == mask), (Bernoulli(logits=bits), bits == mask)):
        noise = q.noise()
        z = q.sample()
        conditional = q.conditional_noise(z)
        assert conditional.isfinite().all()
        assert torch.equal(q.hard(conditional), z)
        for code in (z, q.hard(noise), q.relax(noise, 0.3), q.relax(noise, 5.0), q.relax(conditional, 0.3)):
            assert code.isfinite().all()
            assert code[out].eq(0).all()


def test_tangents_have_no_part_where_the_mask_is():
    q, small, leaf = categorical(-math.inf)
    slope = torch.randn(5, 2, 4, generator=torch.Generator().manual_seed(3))
    tangent = q.tangent(q.mean)
    (gradient,) = torch.autograd.grad((tangent * slope).sum(), leaf)
    inner = slope[..., INSIDE]
    expected = small.mean * (inner - (small.mean * inner).sum(-1, keepdim=True))
    assert tangent.isfinite().all()
    torch.testing.assert_close(gradient[..., INSIDE], expected)
    assert gradient[..., 1].eq(0).all()


def test_a_variable_without_classes_counts_as_uniform_and_learns_nothing():
    leaf = torch.full((1, 1, 3), -math.inf).requires_grad_()
    q: Distribution = Categorical(logits=leaf)
    torch.testing.assert_close(q.entropy(), torch.tensor([math.log(3)]))
    (gradient,) = torch.autograd.grad(q.entropy().sum() + q.mean[..., 0].sum(), leaf)
    assert gradient.eq(0).all()


def test_a_logit_that_is_no_number_shows_in_the_estimate():
    for q in (Categorical(logits=torch.tensor([[[0.0, math.nan]]])), Bernoulli(logits=torch.tensor([[math.nan]]))):
        assert q.entropy().isnan().all()
        assert q.kl(q).isnan().all()


@pytest.mark.parametrize("classes", [1, 2, 3, 4])
def test_sets_larger_than_what_is_left_sum_over_all_of_it(classes: int):
    """Four values drawn of fewer: the estimate is the exact gradient."""
    latent = Latent("categorical", n=1, k=4)
    masked = logits(latent, 20)
    masked[..., classes:] = -math.inf
    leaf = masked.requires_grad_()
    surrogate = UnorderedSet(latent, samples=4)(latent(leaf.flatten(1)), cost_with(latent, weights(latent))).surrogate
    (found,) = torch.autograd.grad(surrogate.sum(), leaf)
    exact = torch.stack([exact_gradient(latent, row[None]) for row in masked.detach()])
    torch.testing.assert_close(found.double(), exact, atol=1e-5, rtol=1e-4)
