from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from estimators import Categorical, Estimator, Latent
from estimators.relaxation import GumbelSoftmax
from estimators.schedules import Schedule, constant, exponential_decay, linear_growth
from estimators.straight_through import SlopeAnnealedStraightThrough
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)


def test_exponential_decay_is_that_of_the_paper_at_start_half_and_end():
    schedule = exponential_decay(rate=1e-4, floor=0.5, every=500)
    expected = {0: 1.0, 499: 1.0, 500: math.exp(-0.05), 5_250: math.exp(-0.5), 6_500: math.exp(-0.65), 20_000: 0.5}
    assert {step: schedule(step) for step in expected} == pytest.approx(expected, abs=1e-9)


def test_linear_growth_steps_up_to_its_ceiling():
    schedule = linear_growth(rate=8e-5, ceiling=5.0, every=500)
    assert [schedule(step) for step in (0, 499, 500, 25_000, 10**6)] == pytest.approx([1, 1, 1.04, 3, 5], abs=1e-9)


def test_an_estimator_follows_its_schedule_and_keeps_the_value_in_its_state():
    estimator = GumbelSoftmax(Latent("bernoulli", 2), temperature=exponential_decay(rate=1e-3, floor=0.1))
    estimator.set_step(1000)
    assert estimator.temperature.item() == pytest.approx(math.exp(-1))
    assert torch.equal(estimator.state_dict()["temperature"], estimator.temperature)


SCHEDULED = [
    (GumbelSoftmax, "temperature"),
    (StraightThroughGumbelSoftmax, "temperature"),
    (DecoupledStraightThroughGumbelSoftmax, "forward_temperature"),
    (DecoupledStraightThroughGumbelSoftmax, "backward_temperature"),
    (GumbelRao, "temperature"),
    (GappedStraightThrough, "temperature"),
    (SlopeAnnealedStraightThrough, "slope"),
]


@pytest.mark.parametrize(("estimator", "name"), SCHEDULED)
@pytest.mark.parametrize("step", [0, 500, 1000])
def test_an_estimator_at_a_step_is_the_one_with_that_steps_constant(
    estimator: Callable[..., Estimator], name: str, step: int
):
    """At start, half and end; the constant doubles over the schedule, which changes every gradient."""
    latent = Latent("categorical", n=3, k=4)
    schedule = linear_growth(rate=1e-3, ceiling=2.0)

    def gradient(setting: Schedule | float, step: int) -> Tensor:
        subject = estimator(latent, **{name: setting}).double()
        subject.set_step(step)
        assert getattr(subject, name).item() == pytest.approx(1 + step / 1000, abs=1e-9)
        torch.manual_seed(0)
        logits = torch.randn(50, 3, 4, dtype=torch.float64, requires_grad=True)
        surrogate = subject(Categorical(logits=logits), lambda z: z.square().sum((-2, -1)).exp()).surrogate
        return torch.autograd.grad(surrogate.sum(), logits)[0]

    found = gradient(schedule, step)
    torch.testing.assert_close(found, gradient(schedule(step), step), atol=1e-12, rtol=0)
    if step:
        assert not torch.allclose(found, gradient(schedule, 0))


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_values_that_are_not_positive_numbers_are_refused_by_name(value: float):
    with pytest.raises(ValueError, match="value="):
        constant(value)
    with pytest.raises(ValueError, match="floor="):
        exponential_decay(rate=1e-4, floor=value)
    with pytest.raises(ValueError, match="rate="):
        linear_growth(rate=value, ceiling=5)


@pytest.mark.parametrize(("estimator", "name"), SCHEDULED)
def test_whole_numbers_are_values_as_any_other(estimator: Callable[..., Estimator], name: str):
    subject = estimator(Latent("categorical", n=3, k=4), **{name: lambda step: 2 if step < 1000 else 1.5})
    assert getattr(subject, name).dtype == torch.float32
    subject.set_step(1000)
    assert getattr(subject, name).item() == 1.5


@pytest.mark.parametrize(("estimator", "name"), SCHEDULED)
@pytest.mark.parametrize("value", [0, 0.0, -1.0, 1e-50, math.inf, math.nan, None])
def test_a_value_that_is_no_positive_number_is_refused_with_its_step(
    estimator: Callable[..., Estimator], name: str, value: float
):
    schedule: Schedule = lambda step: 1.0 if step < 1000 else value  # noqa: E731
    subject = estimator(Latent("categorical", n=3, k=4), **{name: schedule})
    message = rf"{estimator.__name__}\.{name}: its schedule gives {value!r} at step 1000, a number from 1e-30 to"
    with pytest.raises(ValueError, match=message.replace("+", r"\+")):
        subject.set_step(1000)
    with pytest.raises(ValueError, match="at step 0, a number from"):
        estimator(Latent("categorical", n=3, k=4), **{name: lambda step: value})
