"""ReDGE: what its codes are distributed as, and what it tends to."""

from __future__ import annotations

import pytest
import scipy.stats
import torch

from estimators import Categorical, Latent, NotApplicable, ReDGE

DRAWS = 200_000
LOGITS = torch.randn(20, 1, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def total_variation(steps: int, noise: float = 0.5) -> float:
    """Between the codes and q, in the mean over 20 variables of four classes."""
    q = Categorical(logits=LOGITS)
    drawn_from = ReDGE(Latent("categorical", 1, 4), steps=steps, noise=noise).objective_distribution(q)
    return (drawn_from.mean - q.mean).abs().sum(-1).mean().item() / 2


@pytest.mark.parametrize("steps", [2, 3, 5])
def test_codes_come_as_often_as_the_declared_distribution_says_and_not_as_q_does(steps: int):
    q = Categorical(logits=torch.tensor([[1.0, -1.0, 0.5, 0.0]], dtype=torch.float64).expand(DRAWS, 1, 4))
    estimator = ReDGE(Latent("categorical", 1, 4), steps=steps)
    torch.manual_seed(0)
    counts = estimator.substitute(q).detach().sum((0, 1)).numpy()
    one = Categorical(logits=q.logits[0])
    declared = estimator.objective_distribution(one).mean[0].numpy()
    assert scipy.stats.chisquare(counts, DRAWS * declared / declared.sum()).pvalue > 1e-4
    if steps == 2:
        assert scipy.stats.chisquare(counts, DRAWS * one.mean[0].numpy()).pvalue < 1e-9


def test_the_distribution_is_as_far_from_q_as_its_docstring_says():
    found = [total_variation(steps) for steps in (2, 3, 5)]
    assert found == pytest.approx([0.13, 0.008, 0.003], rel=0.2)


def test_with_much_noise_it_is_straight_through():
    assert total_variation(3, noise=0.99) < 1e-5
    logits = LOGITS.clone().requires_grad_()
    slope = torch.arange(4.0, dtype=torch.float64)
    torch.manual_seed(0)
    z = ReDGE(Latent("categorical", 1, 4), noise=0.99).substitute(Categorical(logits=logits))
    (found,) = torch.autograd.grad((z * slope).sum(), logits)
    (expected,) = torch.autograd.grad((logits.softmax(-1) * slope).sum(), logits)
    assert (found - expected).norm() < 0.02 * expected.norm()


def test_settings_and_layers_that_it_has_not_are_refused():
    with pytest.raises(ValueError, match="steps=1: an integer of at least 2 is needed"):
        ReDGE(Latent("categorical", 1, 4), steps=1)
    with pytest.raises(ValueError, match=r"noise=1\.0: a number from 0\.01 to 0\.99 is needed"):
        ReDGE(Latent("categorical", 1, 4), noise=1.0)
    with pytest.raises(NotApplicable, match="categorical latents only"):
        ReDGE(Latent("bernoulli", 4))
