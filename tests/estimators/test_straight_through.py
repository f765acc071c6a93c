"""Which polynomials each straight-through estimator is exact on, summed over every code, and ReinMax's formulas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Categorical, Estimator, Latent
from estimators.latents import FAMILIES
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough
from tests.estimators.every_code import every_code, exact_gradient

BITS = Latent("bernoulli", n=3)
CLASSES = Latent("categorical", n=2, k=3)
BOTH = pytest.mark.parametrize("latent", [BITS, CLASSES], ids=repr)


def polynomial(latent: Latent, degree: int, within: bool) -> Callable[..., Tensor]:
    """Of the given degree; ``within`` adds products of the entries of one variable."""
    generator = torch.Generator().manual_seed(1)
    linear = torch.randn(latent.size, dtype=torch.float64, generator=generator)
    quadratic = torch.randn(latent.size, latent.size, dtype=torch.float64, generator=generator) * (degree > 1)
    variable = torch.arange(latent.size) // (latent.size // latent.n)
    if not within:
        quadratic = quadratic * (variable[:, None] != variable)

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        x = latent.flatten(z)
        return 2 + x @ linear + ((x @ quadratic) * x).sum(-1)

    return cost


linear = partial(polynomial, degree=1, within=False)
multilinear = partial(polynomial, degree=2, within=False)
quadratic = partial(polynomial, degree=2, within=True)


def logits_of(latent: Latent) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(latent.shape, dtype=torch.float64, generator=generator)


def bias(estimator: Estimator, cost: Callable[..., Tensor]) -> float:
    """Distance of the mean over every code from the exact gradient, a share of its norm."""
    latent = estimator.latent
    logits = logits_of(latent)
    exact = exact_gradient(FAMILIES[latent.family](logits=logits), cost)
    found = every_code(estimator, latent.family, logits, cost).mean
    return ((found - exact).norm() / exact.norm()).item()


@BOTH
def test_straight_through_is_exact_at_every_code_of_a_linear_cost(latent: Latent):
    logits, cost = logits_of(latent), linear(latent)
    found = every_code(StraightThrough(latent), latent.family, logits, cost).gradient
    exact = exact_gradient(FAMILIES[latent.family](logits=logits), cost)
    torch.testing.assert_close(found, exact.expand_as(found), atol=1e-12, rtol=0)


@BOTH
def test_straight_through_has_no_bias_on_multilinear_costs_and_some_on_quadratic_ones(latent: Latent):
    assert bias(StraightThrough(latent), multilinear(latent)) < 1e-12
    assert bias(StraightThrough(latent), quadratic(latent)) > 0.05


@BOTH
def test_reinmax_has_no_bias_on_quadratic_costs_at_temperature_1_only(latent: Latent):
    assert bias(ReinMax(latent), quadratic(latent)) < 1e-12
    assert bias(ReinMax(latent, temperature=2.0), quadratic(latent)) > 0.05


def test_darn_has_no_bias_on_quadratic_costs_of_bits_and_on_multilinear_costs_of_classes():
    assert bias(Darn(BITS), quadratic(BITS)) < 1e-12
    assert bias(Darn(CLASSES), multilinear(CLASSES)) < 1e-12
    assert bias(Darn(CLASSES), quadratic(CLASSES)) > 0.05


def test_a_slope_sharpens_the_backward_pass_and_is_biased_even_on_linear_costs():
    """g = a p_a (1 - p_a) f'(z) with p_a = sigmoid(a logits), at codes that are drawn without the slope."""
    logits, cost = logits_of(BITS), linear(BITS)
    steep = SlopeAnnealedStraightThrough(BITS, slope=2.0).double()
    found = every_code(steep, "bernoulli", logits, cost)
    prob = torch.sigmoid(2 * logits)
    slope = torch.func.grad(cost)(logits)
    torch.testing.assert_close(found.mean, 2 * prob * (1 - prob) * slope, atol=1e-12, rtol=0)
    assert bias(steep, cost) > 0.05


@pytest.mark.parametrize("estimator", [ReinMax, Darn])
def test_for_bits_reinmax_and_darn_are_one_method(estimator: type[Estimator]):
    """g = 1/2 f'(z) |z - p|."""
    logits = logits_of(BITS)
    slope = torch.tensor([1.0, -2.0, 1.5], dtype=torch.float64)
    found = every_code(estimator(BITS), "bernoulli", logits, lambda z, deeper="sample": z @ slope)
    expected = 0.5 * slope * (found.codes[0] - Bernoulli(logits=logits).mean).abs()
    torch.testing.assert_close(found.gradient, expected, atol=1e-12, rtol=0)


def test_reinmax_is_half_of_straight_through_and_the_expansion_around_the_mean():
    """Liu et al. 2023: at temperature 1, g = 1/2 (D_p[f'(z)] + <f'(z), z - p> (z - p))."""
    logits = logits_of(CLASSES)
    slope = torch.tensor([[1.0, -2.0, 1.5], [0.3, 0.8, -0.6]], dtype=torch.float64)
    found = every_code(ReinMax(CLASSES), "categorical", logits, lambda z, deeper="sample": (z * slope).sum((-2, -1)))
    prob, z = Categorical(logits=logits).mean, found.codes[0]
    straight_through = prob * (slope - (prob * slope).sum(-1, keepdim=True))
    expansion = (slope * (z - prob)).sum(-1, keepdim=True) * (z - prob)
    torch.testing.assert_close(found.gradient, (straight_through + expansion) / 2, atol=1e-12, rtol=0)


@pytest.mark.parametrize("temperature", [0.5, float("inf"), float("nan")])
def test_reinmax_refuses_a_temperature_below_1(temperature: float):
    with pytest.raises(ValueError, match=r"temperature=.* at least 1"):
        ReinMax(BITS, temperature=temperature)
