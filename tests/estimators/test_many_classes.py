"""Drawing from up to a million classes in float32."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Categorical, Latent
from estimators.categorical import first_above
from estimators.exact import Enumeration
from estimators.softmax import log_softmax, softmax
from estimators.unordered_set import UnorderedSet

MILLION = 1_000_000
SLOW = pytest.mark.slow
WAYS = pytest.mark.parametrize("way", ["sample", pytest.param("noise", marks=SLOW)])
FAR = 4.5
"""Standard deviations from which a statistic fails."""


def draw(q: Categorical, way: str, draws: int) -> Tensor:
    """Numbers of the classes, ``[draws]``, of a distribution of one variable without batch."""
    at_once = max(1, 20 * MILLION // q.logits.shape[-1])
    parts = []
    for first in range(0, draws, at_once):
        samples = min(at_once, draws - first)
        z = q.sample(samples) if way == "sample" else q.hard(q.noise(samples))
        parts.append(z.argmax(-1).flatten())
    return torch.cat(parts)


def assert_chi_square(counts: Tensor, expected: Tensor) -> None:
    statistic = ((counts - expected).square() / expected).sum().item()
    degrees = len(counts) - 1
    assert abs(statistic - degrees) < FAR * math.sqrt(2 * degrees)


@WAYS
@pytest.mark.parametrize(
    ("k", "draws", "groups"),
    [(1_000, 50_000, 100), pytest.param(100_000, 1_000, 25, marks=SLOW), pytest.param(MILLION, 100, 5, marks=SLOW)],
)
def test_classes_come_as_often_as_their_probabilities_say(way: str, k: int, draws: int, groups: int):
    """Chi-square over groups of neighbouring classes that have equal mass.

    It sees deviations of 11, 27 and 53 % (root mean square over the groups); what is finer, the tests below see.
    """
    torch.manual_seed(0)
    logits = 2 * torch.randn(1, k)
    q = Categorical(logits=logits)
    cumulative = torch.softmax(logits[0].double(), -1).cumsum(-1)
    group = (cumulative * groups).floor().clamp(max=groups - 1).long()
    mass = torch.zeros(groups, dtype=torch.float64).index_add(0, group, torch.softmax(logits[0].double(), -1))
    counts = group[draw(q, way, draws)].bincount(minlength=groups).double()
    assert_chi_square(counts[mass > 0], draws * mass[mass > 0])


@pytest.mark.parametrize("k", [1_000, pytest.param(100_000, marks=SLOW), MILLION])
def test_every_class_is_drawn_from_as_much_of_the_unit_interval_as_its_probability(k: int):
    """Evenly spaced draws, four times as many as classes, in place of random ones: counts differ by the rounding only.

    A float32 sum of a million probabilities, 1.0018, leaves the last 1,800 classes none.
    """
    logits = torch.randn(1, k, generator=torch.Generator().manual_seed(0))
    prob = Categorical(logits=logits).mean
    below = prob.cumsum(-1, dtype=torch.float64)
    draws = 4 * k
    grid = (torch.arange(draws, dtype=torch.float64) + 0.5) / draws * below[..., -1]
    counts = first_above(below, grid[:, None, None]).flatten().bincount(minlength=k)
    exact = draws * torch.softmax(logits[0].double(), -1)
    assert (counts - exact).abs().max() < 1 + 1e-3 * exact.max()


@pytest.mark.slow  # 200 million draws
def test_gumbel_noise_reaches_as_far_as_a_million_draws_do():
    """The largest of K draws lies above log K + 2.82 = 16.64 with probability 5.8 %: 12 of 200 times, and never when
    the noise is made from float32 uniforms.
    """
    torch.manual_seed(0)
    largest = torch.cat([Categorical(logits=torch.zeros(1, MILLION)).noise(20).amax((-1, -2)) for _ in range(10)])
    above = (largest > 16.64).sum().item()
    probability = -math.expm1(-MILLION * math.exp(-16.64))
    assert abs(above - 200 * probability) < FAR * math.sqrt(200 * probability * (1 - probability))
    assert largest.isfinite().all()


@pytest.mark.parametrize("k", [2, 10, 1_000, 100_000])
def test_classes_of_probability_zero_are_never_drawn_whatever_the_uniform_number(k: int, monkeypatch):
    """First, last and every second class; at both ends of the draw, and at every sum on which it could fall."""
    torch.manual_seed(0)
    logits = torch.randn(1, k)
    logits[..., ::2] = -200.0
    if k > 2:
        logits[..., -1] = -200.0
    q = Categorical(logits=logits)
    below = q.mean.cumsum(-1, dtype=torch.float64)
    ends = torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)
    on_sums = (below[0] / below[0, -1]).clamp(max=1 - 2**-53)
    uniform = torch.cat([ends, on_sums[torch.randperm(k)[:500]]])[:, None, None]
    monkeypatch.setattr(torch, "rand", lambda *shape, **_: uniform.expand(shape))
    z = q.sample(len(uniform))
    assert z.sum(-1).eq(1).all()
    assert z[..., logits[0] == -200].eq(0).all()


def test_the_sum_of_the_probabilities_of_a_million_classes_is_one():
    """Within 1e-5, where float32's own kernels are off by up to 0.2 %; gradients too."""
    generator = torch.Generator().manual_seed(0)
    for spread in (0.0, 1.0, 3.0, 6.0):
        x = (spread * torch.randn(1, MILLION, generator=generator)).requires_grad_()
        direction = torch.randn(1, MILLION, generator=generator)
        for own, reference in ((softmax, torch.softmax), (log_softmax, torch.log_softmax)):
            exact = x.detach().double().requires_grad_()
            ours, theirs = own(x), reference(exact, dim=-1)
            torch.testing.assert_close(ours.double(), theirs, rtol=1e-5, atol=0)
            (slope,) = torch.autograd.grad((ours * direction).sum(), x)
            (exact_slope,) = torch.autograd.grad((theirs * direction).sum(), exact)
            torch.testing.assert_close(slope.double(), exact_slope, rtol=1e-3, atol=1e-5)


def test_entropy_and_kl_of_a_million_classes_are_those_of_float64():
    generator = torch.Generator().manual_seed(0)
    logits, prior = (4 * torch.randn(1, MILLION, generator=generator) for _ in range(2))
    q, p = Categorical(logits=logits), Categorical(logits=prior)
    exact, exact_prior = Categorical(logits=logits.double()), Categorical(logits=prior.double())
    torch.testing.assert_close(q.entropy().double(), exact.entropy(), rtol=1e-5, atol=0)
    torch.testing.assert_close(q.kl(p).double(), exact.kl(exact_prior), rtol=1e-5, atol=0)


@pytest.mark.parametrize("lead", [0.0, 10.0, 17.0, 30.0, 60.0])
def test_unordered_sets_in_float32_stay_exact_where_a_class_leads(lead: float):
    """All four classes drawn: every estimate is the exact gradient; two drawn: the same as float64 from one noise.

    Within 1e-3 of the largest of an estimate's numbers.
    """
    latent = Latent("categorical", n=1, k=4)
    logits = torch.randn(200, 1, 4, generator=torch.Generator().manual_seed(0))
    logits[..., 0] += lead
    found = []
    for dtype in (torch.float32, torch.float64):
        for estimator in (UnorderedSet(latent, samples=4), UnorderedSet(latent), Enumeration(latent)):
            leaf = logits.to(dtype).requires_grad_()
            q = latent(leaf.flatten(1))
            noise = -torch.rand(200, 1, 4, generator=torch.Generator().manual_seed(1)).log().log1p()
            q.noise = lambda *_, noise=noise, dtype=dtype: noise.to(dtype)  # type: ignore[method-assign]
            weight = torch.arange(4.0, dtype=dtype)
            surrogate = estimator(q, lambda z, deeper="sample", weight=weight: (z * weight).sum((-1, -2))).surrogate
            found.append(torch.autograd.grad(surrogate.sum(), leaf)[0].double())
    every, two, _, exact_every, exact_two, exact = found
    scale = exact.abs().amax((-1, -2), keepdim=True)
    assert ((every - exact) / scale).abs().max() < 1e-4
    assert ((exact_every - exact) / scale).abs().max() < 1e-7
    assert ((two - exact_two) / exact_two.abs().amax((-1, -2), keepdim=True)).abs().max() < 1e-3


def test_log_probabilities_of_a_thousand_bits_lose_nothing_at_logits_of_100():
    """They are 0 within 1e-6, not within the rounding of a sum of 100,000 nats."""
    logits = 100 * (2 * torch.randint(2, (1, 1_000), generator=torch.Generator().manual_seed(0)) - 1.0)
    logits += 0.1 * torch.randn(1, 1_000, generator=torch.Generator().manual_seed(1))
    q = Bernoulli(logits=logits)
    assert q.log_prob((logits > 0).float()).abs().item() < 1e-6
    flipped = q.log_prob((logits <= 0).float()).double()
    torch.testing.assert_close(flipped, -logits.double().abs().sum(-1), rtol=1e-6, atol=0)
