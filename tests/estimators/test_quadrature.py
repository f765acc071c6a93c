"""The references are what they say: converged, a distribution, and right where the answer is known."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.integrate import quad

from estimators.checks.additive import LAYERS, LOGITS, SumOverVariables
from estimators.checks.moments import Moments, Reference
from tests.estimators import quadrature
from tests.estimators.quadrature import (
    decoupled,
    gumbel_rao,
    gumbel_softmax,
    perturbed_logits,
    spike_and_exponential,
    straight_through_gumbel_softmax,
)
from tests.estimators.summation import gapped_straight_through, softmax, straight_through, tangent

BITS, CLASSES = map(SumOverVariables, LAYERS)
SETTINGS = [(problem, logits) for problem in (BITS, CLASSES) for logits in LOGITS[problem.latent.family]]


@pytest.mark.parametrize("temperature", [0.1, 0.5, 2.0])
@pytest.mark.parametrize("logits", [*LOGITS["categorical"], np.array([0.0, 5.0]), np.array([0.0, -1.0])], ids=str)
def test_the_weights_are_a_distribution_in_which_every_class_has_its_probability(logits, temperature):
    _, codes, weight = perturbed_logits(logits, temperature)
    assert (weight >= 0).all()
    assert_allclose(weight @ codes, softmax(logits), rtol=1e-8)


@pytest.mark.slow  # with half of the nodes the integrals over bits below fail as well
@pytest.mark.parametrize(
    "reference",
    [
        pytest.param(partial(gumbel_softmax, temperature=0.1), id="gumbel_softmax"),
        pytest.param(partial(decoupled, forward_temperature=2.0, backward_temperature=0.7), id="decoupled"),
        pytest.param(partial(gumbel_rao, temperature=0.5, conditional_samples=4), id="gumbel_rao"),
    ],
)
def test_twice_as_many_nodes_change_nothing(reference: Reference, monkeypatch: pytest.MonkeyPatch):
    once = [reference(logits, problem.slope) for problem, logits in SETTINGS]
    monkeypatch.setattr(quadrature, "ORDER", 16)
    for found, (problem, logits) in zip(once, SETTINGS, strict=True):
        twice = reference(logits, problem.slope)
        assert_allclose(found.mean, twice.mean, rtol=1e-8, atol=1e-10)
        assert_allclose(found.second, twice.second, rtol=1e-8)


@pytest.mark.parametrize("logit", LOGITS["bernoulli"])
@pytest.mark.parametrize(("reference", "hard"), [(gumbel_softmax, False), (straight_through_gumbel_softmax, True)])
def test_for_a_bit_it_is_the_integral_over_the_uniform_noise(
    reference: Callable[..., Moments], hard: bool, logit: float
):
    """y = sigmoid((a + log u - log(1 - u)) / tau) for u in (0, 1), split where z jumps."""
    temperature, jump = 0.5, 1 / (1 + np.exp(logit))

    def gradient(u: float) -> float:
        y = 1 / (1 + np.exp(-(logit + np.log(u) - np.log1p(-u)) / temperature))
        code = float(u > jump) if hard else y
        return y * (1 - y) / temperature * BITS.slope(np.array([code]))[0]

    def integral(exponent: int) -> float:
        pieces = (quad(lambda u: gradient(u) ** exponent, *piece, epsabs=1e-13) for piece in ((0, jump), (jump, 1)))
        return sum(value for value, *_ in pieces)

    found = reference(np.array(logit), BITS.slope, temperature=temperature)
    assert_allclose(found, (integral(1), integral(2)), rtol=1e-8)


def test_a_third_class_of_no_probability_leaves_the_two_classes_of_a_bit():
    reference = partial(straight_through_gumbel_softmax, temperature=0.5)
    bit = reference(np.array(1.0), BITS.slope)

    def slope(z):
        return np.stack([np.zeros(len(z)), BITS.slope(z[:, 1]), np.zeros(len(z))], -1)

    classes = reference(np.array([0.0, 1.0, -40.0]), slope)
    assert_allclose([classes.mean[1], classes.second[1]], bit, rtol=1e-8)


def test_on_a_linear_cost_the_relaxations_and_straight_through_tend_to_the_exact_gradient():
    """pi (v - <pi, v>); exactly for straight-through, as 1 / temperature^2 grows for the relaxation."""
    logits, v = np.array([1.0, 0.0, -1.0]), np.array([0.3, -1.0, 2.0])
    exact = tangent(softmax(logits), v)

    def slope(z):
        return np.broadcast_to(v, z.shape)

    assert_allclose(straight_through(logits, slope).mean, exact, rtol=1e-12)
    far, near = (
        np.abs(gumbel_softmax(logits, slope, temperature=temperature).mean - exact).max() for temperature in (0.1, 0.05)
    )
    assert near < far / 3.5 < 0.01


def test_the_spike_is_exponential_and_moves_with_its_distribution_function():
    """E[h(zeta)] = (1 - q) h(0) + q int h rho dzeta, whose derivative in the logit is E[h'(zeta) dzeta/dlogit]."""
    beta, step = 3.0, 1e-5

    def expectation(logit: float) -> float:
        q = 1 / (1 + np.exp(-logit))
        density = beta / np.expm1(beta)
        return (1 - q) * np.sin(0) + q * quad(lambda z: np.sin(z) * density * np.exp(beta * z), 0, 1)[0]

    for logit in LOGITS["bernoulli"]:
        slope = (expectation(logit + step) - expectation(logit - step)) / (2 * step)
        assert_allclose(spike_and_exponential(np.array(logit), np.cos, beta=beta).mean, slope, rtol=1e-6)


def test_a_gap_that_no_logit_comes_near_leaves_the_sampled_class_on_top():
    """With equal logits and a gap d the sampled class has the relaxed probability 1 / (1 + (k - 1) e^-d)."""
    found = gapped_straight_through(np.zeros(3), CLASSES.slope, temperature=1.0, gap=2.0)
    p = 1 / (1 + 2 * np.exp(-2.0))
    y = p * np.eye(3) + (1 - p) / 2 * (1 - np.eye(3))
    gradient = tangent(y, CLASSES.slope(np.eye(3)))
    assert_allclose(found.mean, gradient.mean(0), rtol=1e-12)
    assert_allclose(found.second, (gradient**2).mean(0), rtol=1e-12)


@pytest.mark.parametrize("problem", [BITS, CLASSES], ids=["bits", "classes"])
def test_the_slope_is_that_of_the_cost(problem: SumOverVariables):
    z = torch.rand(7, *problem.latent.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    slope = torch.func.grad(lambda z: problem.each(z).sum())(z)
    assert_allclose(problem.slope(z.numpy()), slope, rtol=1e-12)


def test_the_exact_gradient_is_that_of_every_variable_alone():
    """pi (h - <pi, h>), with h the costs of the classes."""
    pi = softmax(LOGITS["categorical"])
    cost = CLASSES.each(torch.eye(3, dtype=torch.float64)).numpy()
    exact = CLASSES.exact_gradient()["logits"]
    assert_allclose(exact, pi * (cost - (pi @ cost)[:, None]), rtol=1e-10, atol=1e-14)
