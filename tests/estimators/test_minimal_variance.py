"""Between straight-through and second-order estimators: what the weight of the bias does."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Latent, MinimalVariance, ReinMax, StraightThrough
from estimators.estimate import Deeper
from tests.estimators.every_code import EveryCode, every_code, exact_gradient

LATENTS = [Latent("bernoulli", 3), Latent("categorical", 2, 3)]


def at_every_code(estimator: StraightThrough | ReinMax | MinimalVariance) -> tuple[EveryCode, Tensor]:
    """The exact distribution of an estimate on a quadratic cost, and the exact gradient."""
    latent, generator = estimator.latent, torch.Generator().manual_seed(5)
    logits = torch.randn(latent.shape, generator=generator, dtype=torch.float64)
    square = torch.randn(latent.size, latent.size, generator=generator, dtype=torch.float64)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        flat = latent.flatten(z)
        return (flat @ square * flat).sum(-1)

    exact = exact_gradient(latent(logits.flatten()), cost)
    return every_code(estimator.double(), latent.family, logits, cost), exact


def bias(found: EveryCode, exact: Tensor) -> float:
    return ((found.mean - exact).norm() / exact.norm()).item()


def variance(found: EveryCode) -> float:
    return (found.weight @ (found.gradient - found.mean).flatten(1).square().sum(1)).item()


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_bias_falls_to_nothing_from_that_of_straight_through(latent: Latent):
    found = [at_every_code(MinimalVariance(latent, weight=weight)) for weight in (1e-9, 1.0, 10.0, 1e6)]
    biases = [bias(*each) for each in found]
    variances = [variance(each) for each, _ in found]
    assert biases == sorted(biases, reverse=True)
    assert variances[1:] == sorted(variances[1:])
    assert biases[0] == pytest.approx(bias(*at_every_code(StraightThrough(latent))), rel=1e-6)
    assert biases[-1] < 1e-5


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_without_bias_it_varies_about_as_much_as_reinmax(latent: Latent):
    ours, theirs = (variance(at_every_code(each)[0]) for each in (MinimalVariance(latent, weight=1e6), ReinMax(latent)))
    assert ours == pytest.approx(theirs, rel=0.1)
