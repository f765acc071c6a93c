"""Float32 at logits of up to 1e7 and temperatures down to 1e-30, against float64."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from estimators import Bernoulli, Categorical

SIZES = (-1e7, -1e4, -100.0, -10.0, -1.0, 0.0, 0.3, 5.0, 12.0, 100.0, 1e4, 1e7)
PAIRS = torch.tensor(list(itertools.product(SIZES, repeat=2)))
CLASSES = torch.tensor(list(itertools.product(SIZES, SIZES, (-50.0, 0.0, 3.0, 1e7)))).unsqueeze(1)
TEMPERATURES = pytest.mark.parametrize("temperature", [1e-30, 1e-6, 1e-3, 0.1, 1.0, 10.0])


def assert_near(ours: Tensor, exact: Tensor, largest_logit: Tensor | float = 0.0) -> None:
    """Within 1e-5 of 1 nat and of the exact value, and what a rounded logit of that size can make out."""
    allowed = 1e-5 * (1 + exact.abs()) + torch.finfo(torch.float32).eps * largest_logit
    assert ((ours.double() - exact).abs() <= allowed).all()


def test_values_of_bits_are_those_of_float64():
    q, prior = Bernoulli(logits=PAIRS[:, :1]), Bernoulli(logits=PAIRS[:, 1:])
    a, b = PAIRS.double().T
    one, zero = torch.sigmoid(a), torch.sigmoid(-a)
    assert_near(q.entropy(), one * F.softplus(-a) + zero * F.softplus(a))
    kl = one * (F.logsigmoid(a) - F.logsigmoid(b)) + zero * (F.logsigmoid(-a) - F.logsigmoid(-b))
    assert_near(q.kl(prior), kl, b.abs())
    assert_near(q.log_prob(torch.ones_like(q.logits)), F.logsigmoid(a))
    assert_near(q.log_prob(torch.zeros_like(q.logits)), F.logsigmoid(-a))


def test_values_of_classes_are_those_of_float64():
    other = CLASSES[torch.randperm(len(CLASSES), generator=torch.Generator().manual_seed(0))]
    q, log_prob, log_prior = Categorical(logits=CLASSES), *(torch.log_softmax(x.double(), -1) for x in (CLASSES, other))
    assert_near(q.entropy(), -(log_prob.exp() * log_prob).sum((-1, -2)))
    assert_near(q.kl(Categorical(logits=other)), (log_prob.exp() * (log_prob - log_prior)).sum((-1, -2)))
    for place in range(3):
        assert_near(q.log_prob(torch.eye(3)[place].expand(CLASSES.shape)), log_prob[:, 0, place])


@TEMPERATURES
def test_relaxed_codes_and_their_densities_are_those_of_float64_with_finite_gradients(temperature: float):
    for family, logits in ((Bernoulli, PAIRS[:, :1]), (Categorical, CLASSES)):
        torch.manual_seed(0)
        leaf = logits.clone().requires_grad_()
        q = family(logits=leaf)
        noise = q.noise(20)
        z = q.relax(noise, torch.tensor(temperature))
        perturbed = (q.logits if family is Bernoulli else q.log_mean).detach().double() + noise
        tempered = perturbed / temperature
        exact = torch.sigmoid(tempered) if family is Bernoulli else torch.softmax(tempered, -1)
        # Rounding of logits + noise, divided by the temperature, moves only the codes between the corners.
        if temperature >= 0.1:
            torch.testing.assert_close(z.double(), exact, rtol=0, atol=1e-5)
        inside = torch.full_like(logits, 0.3)
        density = q.relaxed_log_density(inside, temperature)
        assert_near(density, family(logits=logits.double()).relaxed_log_density(inside.double(), temperature))
        at_draws = q.relaxed_log_density(z.detach(), temperature)
        loss = z.sum() + (density.sum() + at_draws.sum()) * 1e-9
        (gradient,) = torch.autograd.grad(loss, leaf)
        assert all(x.isfinite().all() for x in (z, at_draws, gradient))


def test_a_constant_common_to_all_classes_changes_no_draw():
    """Noise added to logits of 1e7 would be rounded to integers."""
    logits = torch.tensor([[0.0, 1.0, 2.0]]).expand(50_000, 1, 3)
    found = []
    for constant in (0.0, 1e7):
        torch.manual_seed(0)
        q = Categorical(logits=logits + constant)
        noise = q.noise()
        found.append((q.sample(), q.hard(noise), q.relax(noise, 0.5)))
    for near, far in zip(*found, strict=True):
        torch.testing.assert_close(near, far)
