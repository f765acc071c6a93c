"""Estimators that change one variable: when they help, and what the parameters inside the cost learn from."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import RLOO, UGC, BitFlip, DisARM, Estimator, Latent, ResampleOne
from estimators.estimate import Deeper
from estimators.local_change import one_of

LATENT = Latent("bernoulli", 4)


def total_variance(estimator: Estimator, logits: Tensor, rows: int = 40_000) -> float:
    """Of the gradient of the logits, on a cost that is not a sum over bits."""
    torch.manual_seed(0)
    at = logits.expand(rows, -1).clone().requires_grad_()
    weights = torch.tensor([1.0, -2.0, 0.5, 1.5], dtype=logits.dtype)

    def cost(z: Tensor, deeper: Deeper = "sample") -> Tensor:
        return torch.tanh(z @ weights)

    (gradient,) = torch.autograd.grad(estimator(estimator.latent(at), cost).surrogate.sum(), at)
    return gradient.var(0).sum().item()


def test_places_are_chosen_in_proportion_to_their_weights():
    """200,000 draws see 1 % of each share at 4.5 standard errors and more."""
    weights = torch.tensor([1.0, 2.0, 0.0, 5.0], dtype=torch.float64)
    uniform = torch.rand(200_000, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    chosen = one_of(weights.expand(200_000, -1), uniform)
    assert (chosen.sum(-1) == 1).all()
    torch.testing.assert_close(chosen.double().mean(0), weights / 8, rtol=0.02, atol=1e-9)


def test_ugc_is_disarm_where_no_bit_is_nearly_certain():
    logits = torch.tensor([0.3, -0.2, 0.1, 1.0], dtype=torch.float64)
    assert total_variance(UGC(LATENT), logits) == total_variance(DisARM(LATENT), logits)


def test_ugc_clips_the_variance_of_bits_that_are_nearly_certain():
    logits = torch.tensor([0.3, 3.0, -3.0, 1.0], dtype=torch.float64)
    assert total_variance(UGC(LATENT), logits) < 0.8 * total_variance(DisARM(LATENT), logits)


def test_a_bit_that_is_certain_is_seldom_flipped():
    logits = torch.tensor([0.0, 12.0, -12.0, 12.0], dtype=torch.float64)
    assert total_variance(BitFlip(LATENT), logits) < 0.5 * total_variance(RLOO(LATENT), logits)


def test_parameters_inside_the_cost_learn_from_the_sample_alone():
    """Their gradient is that of one evaluation, at the first code that the cost is given."""
    for latent, estimator in ((LATENT, BitFlip(LATENT)), (Latent("categorical", 2, 3), ResampleOne)):
        made = estimator if isinstance(estimator, Estimator) else estimator(latent)
        weights = torch.zeros(latent.size, requires_grad=True)
        codes: list[Tensor] = []

        def cost(z: Tensor, deeper: Deeper = "sample", latent=latent, weights=weights, codes=codes) -> Tensor:
            codes.append(latent.flatten(z))
            return codes[-1] @ weights

        made(latent(torch.zeros(5, latent.size)), cost).surrogate.sum().backward()
        assert weights.grad is not None
        torch.testing.assert_close(weights.grad, codes[0].sum(0))
