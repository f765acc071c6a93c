from __future__ import annotations

import math

import pytest
import torch

from estimators import Latent
from estimators.relaxation import GumbelSoftmax
from estimators.schedules import constant, exponential_decay, linear_growth


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


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_values_that_are_not_positive_numbers_are_refused_by_name(value: float):
    with pytest.raises(ValueError, match="value="):
        constant(value)
    with pytest.raises(ValueError, match="floor="):
        exponential_decay(rate=1e-4, floor=value)
    with pytest.raises(ValueError, match="rate="):
        linear_growth(rate=value, ceiling=5)
