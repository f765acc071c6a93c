"""Gumbel-Rao given the code, the sampling distribution of the decoupled estimator, and the gap."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from estimators import Bernoulli, Categorical, Latent
from estimators.latents import FAMILIES
from estimators.schedules import Schedule, exponential_decay
from estimators.straight_through import ReinMax
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
)
from tests.estimators.every_code import every_code

LATENT = Latent("categorical", n=3, k=5)
ONE_OF_EACH = [
    (Latent("bernoulli", n=1), torch.tensor([0.7], dtype=torch.float64)),
    (Latent("categorical", n=1, k=3), torch.tensor([[0.7, -0.4, 0.1]], dtype=torch.float64)),
]


@pytest.mark.parametrize(("latent", "logits"), ONE_OF_EACH, ids=["bernoulli", "categorical"])
def test_gumbel_rao_tends_to_reinmax_given_the_code(latent: Latent, logits: Tensor):
    """At temperature 0.01 the 4e5 draws leave a standard error below 1 %, and the temperature a bias of that order."""
    slope = torch.tensor([1.0, -2.0, 1.5], dtype=torch.float64)[: latent.size]

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        return latent.flatten(z) @ slope

    torch.manual_seed(0)
    rao = GumbelRao(latent, temperature=0.01, conditional_samples=400_000).double()
    found = every_code(rao, latent.family, logits, cost).gradient
    limit = every_code(ReinMax(latent), latent.family, logits, cost).gradient
    distance = (found - limit).flatten(1).norm(dim=1)
    assert (distance < 0.04 * limit.flatten(1).norm(dim=1)).all()


@pytest.mark.parametrize("family", ["bernoulli", "categorical"])
def test_no_gradient_flows_through_gumbel_raos_conditional_noise(family):
    """The noise is drawn again and held: its own dependence on the logits must not show."""
    latent = Latent(family, n=3, k=2 if family == "bernoulli" else 4)
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(50, *latent.shape, dtype=torch.float64, generator=generator, requires_grad=True)
    slope = torch.randn(latent.shape, dtype=torch.float64, generator=generator)
    q = FAMILIES[family](logits=logits)
    torch.manual_seed(1)
    estimator = GumbelRao(latent, temperature=0.5, conditional_samples=6).double()
    surrogate = estimator(q, lambda z, deeper="sample": q.sum_event(z * slope)).surrogate
    (found,) = torch.autograd.grad(surrogate.sum(), logits)
    q = FAMILIES[family](logits=logits)
    torch.manual_seed(1)
    z = q.sample()
    noise = q.conditional_noise(z.expand(6, *z.shape)).detach()
    (expected,) = torch.autograd.grad((q.relax(noise, 0.5).mean(0) * slope).sum(), logits)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)


def test_a_forward_temperature_changes_the_law_of_the_codes_and_the_backward_one_does_not():
    """Codes are classes of softmax(logits / 2): 1e5 draws see a difference of 0.7 % from 1/2 at 4.5 sigma."""
    logits = torch.tensor([[1.5, 0.0, -1.0]], dtype=torch.float64)
    latent, rows, seen = Latent("categorical", n=1, k=3), 100_000, []

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        seen.append(z.detach())
        return z.sum((-2, -1))

    torch.manual_seed(0)
    estimator = DecoupledStraightThroughGumbelSoftmax(latent, forward_temperature=2.0, backward_temperature=7.0)
    estimator(Categorical(logits=logits.expand(rows, 1, 3)), cost)
    prob = (logits / 2).softmax(-1)
    z_score = (seen[0].mean(0) - prob) / (prob * (1 - prob) / rows).sqrt()
    assert z_score.abs().max() < 4.5
    assert (prob - logits.softmax(-1)).abs().max() > 0.1, "the two distributions are far apart"


def test_the_gap_is_kept_between_the_sampled_class_and_every_other():
    torch.manual_seed(0)
    q = Categorical(logits=3 * torch.randn(500, 3, 5, dtype=torch.float64))
    z = q.sample()
    moved = GappedStraightThrough(LATENT, gap=0.75).moved(q, z)
    sampled = (moved * z).sum(-1)
    others = moved.masked_fill(z > 0.5, -torch.inf)
    torch.testing.assert_close(sampled, q.logits.amax(-1))
    assert (sampled - others.amax(-1) >= 0.75 - 1e-12).all()
    untouched = (z < 0.5) & (q.logits <= q.logits.amax(-1, keepdim=True) - 0.75)
    assert torch.equal(moved[untouched], q.logits[untouched])


def test_a_bit_is_moved_as_two_classes_of_logits_0_and_its_own():
    torch.manual_seed(0)
    logit = 2 * torch.randn(500, 3, dtype=torch.float64)
    z = Bernoulli(logits=logit).sample()
    bits = GappedStraightThrough(Latent("bernoulli", n=3), gap=0.75).moved(Bernoulli(logits=logit), z)
    q = Categorical(logits=torch.stack([torch.zeros_like(logit), logit], -1))
    classes = GappedStraightThrough(Latent("categorical", n=3, k=2), gap=0.75).moved(q, torch.stack([1 - z, z], -1))
    torch.testing.assert_close(bits, classes[..., 1] - classes[..., 0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("gap", [0.0, -1.0, float("inf"), float("nan")])
def test_a_gap_that_is_not_a_positive_number_is_refused(gap: float):
    with pytest.raises(ValueError, match=r"gap="):
        GappedStraightThrough(LATENT, gap=gap)


def test_gumbel_rao_needs_a_conditional_sample():
    with pytest.raises(ValueError, match=r"conditional_samples=0"):
        GumbelRao(LATENT, conditional_samples=0)


def test_the_decoupled_estimator_says_with_which_setting_another_one_is_the_same():
    def same_as(forward: float, backward: Schedule | float) -> str | None:
        return DecoupledStraightThroughGumbelSoftmax(LATENT, None, forward, backward).same_as

    assert same_as(1.0, 2.0) == "st_gumbel_softmax temperature=2"
    assert same_as(0.5, 2.0) is None
    assert same_as(1.0, exponential_decay(rate=1e-4, floor=0.5)) is None
