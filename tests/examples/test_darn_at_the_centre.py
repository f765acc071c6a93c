from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Cost, Darn, Deeper, Estimator, Latent
from examples.darn_at_the_centre import DarnAtTheCentre

LATENTS = (Latent("bernoulli", n=3), Latent("categorical", n=3, k=4))


def gradient(kind: type[Estimator], latent: Latent, cost: Cost) -> Tensor:
    torch.manual_seed(0)
    logits = torch.randn(5, latent.size, dtype=torch.float64).requires_grad_()
    kind(latent)(latent(logits), cost).surrogate.sum().backward()
    assert logits.grad is not None
    return logits.grad


@pytest.mark.parametrize("latent", LATENTS, ids=str)
def test_the_expansions_agree_for_linear_costs_and_for_no_others(latent: Latent):
    weights = torch.linspace(-1, 2, latent.size, dtype=torch.float64)

    def linear(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        return latent.flatten(z) @ weights

    def quadratic(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        return linear(z) ** 2

    torch.testing.assert_close(gradient(DarnAtTheCentre, latent, linear), gradient(Darn, latent, linear))
    difference = gradient(DarnAtTheCentre, latent, quadratic) - gradient(Darn, latent, quadratic)
    assert difference.abs().max() > 0.1
