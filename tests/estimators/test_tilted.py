"""Random numbers in which rare events are frequent, with the weights that undo it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from estimators.checks.sampling import Sample, seeded
from estimators.checks.tilted import Tilted

ROWS = 200_003


def by_rand() -> Tensor:
    return torch.rand(ROWS, 3, dtype=torch.float64)


def by_exponential() -> Tensor:
    return torch.exp(-torch.empty(ROWS, 3, dtype=torch.float64).exponential_())


def by_an_interval() -> Tensor:
    return (torch.empty(3, ROWS, dtype=torch.float64).uniform_(-1, 3).T + 1) / 4


@pytest.mark.parametrize("uniform", [by_rand, by_exponential, by_an_interval])
@pytest.mark.parametrize("prob", [1e-2, 1e-5, 1e-8])
def test_the_weighted_frequency_of_a_rare_event_is_its_probability(uniform: Callable[[], Tensor], prob: float):
    with seeded(5), Tilted(ROWS, numbers=3) as tilted:
        u = uniform()
    events = torch.stack([u[:, 0] < prob, u[:, 2] > 1 - prob, (u[:, :2] < prob**0.5).all(1)], 1)
    found = Sample.of(events * tilted.weight[:, None])
    assert events.sum(0).min() > 100
    assert (found.standard_error / prob <= torch.tensor([0.05, 0.05, 0.4])).all()
    assert found.z_scores(torch.full((3,), prob, dtype=torch.float64), rounding=0).max() < 4.5


def test_the_weights_have_mean_one():
    with seeded(6), Tilted(ROWS, numbers=3) as tilted:
        by_rand()
    assert Sample.of(tilted.weight).z_score(torch.ones(1, dtype=torch.float64)) < 4.5


@pytest.mark.parametrize(
    ("drawn", "everything"),
    [
        (lambda: torch.rand(ROWS, 3), True),
        (lambda: torch.bernoulli(torch.full((ROWS,), 0.5)), True),
        (lambda: torch.ones(ROWS).sum(), True),
        (lambda: torch.randn(ROWS), False),
        (lambda: torch.multinomial(torch.ones(ROWS, 3), 1), False),
        (lambda: torch.rand(4), False),
    ],
    ids=["uniform", "bernoulli", "no draw", "normal", "multinomial", "shared by the examples"],
)
def test_draws_that_stay_as_they_are_are_noted(drawn: Callable[[], Tensor], everything: bool):
    with seeded(7), Tilted(ROWS) as tilted:
        drawn()
    assert tilted.everything == everything
