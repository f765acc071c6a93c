"""REBAR and RELAX: their limits, what they ask of the cost, and what their own parameters follow."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from estimators import Estimator, Latent
from estimators.latents import FAMILIES
from estimators.rebar import REBAR, RELAX
from tests.estimators.identities import ReinforceByNoise

LATENTS = [Latent("bernoulli", n=3), Latent("categorical", n=2, k=3)]
ROWS = 200


def cost_on(latent: Latent) -> Callable[..., Tensor]:
    generator = torch.Generator().manual_seed(1)
    w = 1.5 * torch.randn(latent.size, 3, dtype=torch.float64, generator=generator)
    return lambda z, deeper="sample": 2 + torch.tanh(latent.flatten(z) @ w - 0.3).sum(-1)


def estimate(estimator: Estimator) -> tuple[Tensor, Tensor | None]:
    """Gradients of the logits for the same noise in every call, and the auxiliary."""
    latent = estimator.latent
    torch.manual_seed(0)
    logits = torch.randn(latent.shape, dtype=torch.float64).expand(ROWS, *latent.shape).clone().requires_grad_()
    found = estimator(FAMILIES[latent.family](logits=logits), cost_on(latent))
    (gradient,) = torch.autograd.grad(found.surrogate.sum(), logits)
    return gradient, found.auxiliary


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
@pytest.mark.parametrize("estimator", [REBAR, RELAX])
def test_without_control_variate_it_is_reinforce_draw_by_draw(estimator: type[REBAR], latent: Latent):
    found, _ = estimate(estimator(latent, scale=0.0).double())
    torch.testing.assert_close(found, estimate(ReinforceByNoise(latent).double())[0], atol=1e-12, rtol=0)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
@pytest.mark.parametrize("estimator", [REBAR, RELAX])
def test_own_parameters_follow_the_slope_of_the_squared_norm(estimator: type[REBAR], latent: Latent):
    """Against central differences with the same noise, in a random direction of each parameter.

    The squared norm contains the score function's term and the path's term: differentiating either alone fails.
    """
    torch.manual_seed(3)
    subject = estimator(latent, temperature=0.8, scale=0.6).double()
    own = dict(subject.named_parameters())
    for parameter in own.values():
        parameter.data += 0.1 * torch.randn_like(parameter)
    directions = {name: torch.randn_like(parameter) for name, parameter in own.items()}
    _, auxiliary = estimate(subject)
    assert auxiliary is not None
    slopes = torch.autograd.grad(auxiliary, list(own.values()))
    for (name, parameter), slope in zip(own.items(), slopes, strict=True):
        values = []
        for step in (1e-5, -1e-5):
            parameter.data += step * directions[name]
            values.append(estimate(subject)[0].flatten(1).square().sum(-1).mean().item())
            parameter.data -= step * directions[name]
        expected = (slope * directions[name]).sum().item()
        assert abs(expected) > 1e-4, (
            f"{name}: a slope within the rounding of the differences, 1e-10, would show nothing"
        )
        assert (values[0] - values[1]) / 2e-5 == pytest.approx(expected, rel=1e-5), name


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
def test_the_cost_is_asked_for_one_sample_and_for_both_relaxed_codes_at_once(latent: Latent):
    calls = []

    def cost(z: Tensor, deeper: str = "sample") -> Tensor:
        calls.append((deeper, tuple(z.shape), bool(((z == 0) | (z == 1)).all())))
        return latent.flatten(z).sum(-1)

    torch.manual_seed(0)
    REBAR(latent).eval()(FAMILIES[latent.family](logits=torch.randn(4, *latent.shape)), cost)
    assert calls == [("sample", (4, *latent.shape), True), ("relaxed", (2, 4, *latent.shape), False)]


@pytest.mark.parametrize("temperature", [0.0, -1.0, 0.99e-4, float("inf"), float("nan")])
@pytest.mark.parametrize("estimator", [REBAR, RELAX])
def test_a_temperature_that_is_too_low_or_no_number_is_refused(estimator: type[REBAR], temperature: float):
    with pytest.raises(ValueError, match=r"temperature=.* at least 0\.0001"):
        estimator(LATENTS[0], temperature=temperature)


@pytest.mark.parametrize("latent", LATENTS, ids=repr)
@pytest.mark.parametrize("estimator", [REBAR, RELAX])
def test_the_temperature_can_be_learned_to_any_value_and_stays_finite(estimator: type[REBAR], latent: Latent):
    """Below the least it acts as the least, also beside logits that are large or ruled out, and learns no more."""
    subject, found = estimator(latent), []
    torch.manual_seed(1)
    logits = torch.tensor([-float("inf"), -1e7, -100.0, 0.0, 3.0, 1e7])[torch.randint(6, (ROWS, *latent.shape))]
    for log_temperature in (-300.0, -10.0, math.log(1e-4) + 1e-3):
        subject.control.log_temperature.data.fill_(log_temperature)
        torch.manual_seed(0)
        q = FAMILIES[latent.family](logits=logits)
        auxiliary = subject(q, lambda z, deeper="sample": latent.flatten(z).sum(-1).square()).auxiliary
        assert auxiliary is not None
        slopes = torch.autograd.grad(auxiliary, list(subject.parameters()))
        assert all(slope.isfinite().all() for slope in slopes)
        found.append(dict(zip(dict(subject.named_parameters()), slopes, strict=True)))
    for coldest in found[:2]:
        assert coldest["control.log_temperature"] == 0
        torch.testing.assert_close(coldest["control.scale"], found[2]["control.scale"], rtol=1e-2, atol=0)
