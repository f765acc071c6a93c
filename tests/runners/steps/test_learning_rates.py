"""Schedules of learning rates."""

from __future__ import annotations

import math

import pytest

from runners.steps.learning_rates import warmup_and_cosine


def test_a_rate_rises_linearly_and_falls_as_a_cosine():
    schedule = warmup_and_cosine(warmup=10, period=100, start=0.1)
    assert [schedule(step) for step in (0, 5, 10)] == pytest.approx([0.1, 0.55, 1.0])
    assert schedule(35) == pytest.approx((1 + math.cos(math.pi / 4)) / 2)
    assert [schedule(step) for step in (110, 1000)] == pytest.approx([0.0, 0.0])


def test_a_rate_is_brought_up_to_date_every_so_many_steps():
    schedule = warmup_and_cosine(warmup=10, period=100, every=5)
    assert [schedule(step) for step in range(20)] == [schedule(step // 5 * 5) for step in range(20)]
    assert schedule(0) != schedule(5) != schedule(10)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"warmup": -1, "period": 1}, "warmup"),
        ({"warmup": 1, "period": 0}, "period"),
        ({"warmup": 1, "period": 1, "start": 0}, "start"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(settings: dict[str, int], key: str):
    with pytest.raises(ValueError, match=key):
        warmup_and_cosine(**settings)
