from __future__ import annotations

import pytest
import torch

from runners.cells.record import Accuracy
from runners.measuring.moments import ErrorMoments

EXACT = torch.tensor([3.0, 0.0, -4.0], dtype=torch.float64)
DEVIATION = torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)


def accuracy(bias: float, draws: int, parts: int = 1) -> Accuracy:
    """Of normal draws around the exact vector, shifted by ``bias`` in every entry."""
    generator = torch.Generator().manual_seed(0)
    drawn = EXACT + bias + DEVIATION * torch.randn(draws, 3, generator=generator, dtype=torch.float64)
    moments = ErrorMoments(EXACT)
    for part in drawn.chunk(parts):
        moments.add(part)
    return moments.accuracy()


def test_no_bias_is_found_where_there_is_none():
    """The naive |mean d| / |g| of these draws is about 0.046: 30 times the precision that is asked for here."""
    assert accuracy(bias=0.0, draws=100)["bias_low"] == 0
    assert accuracy(bias=0.0, draws=20_000)["bias_high"] < 0.02


def test_a_bias_is_found_with_its_size():
    found = accuracy(bias=0.5, draws=20_000)
    size = 0.5 * 3**0.5 / 5
    assert found["bias_low"] < size < found["bias_high"]
    assert found["bias_high"] - found["bias_low"] < 0.02


def test_variance_and_mean_squared_error_are_relative_to_the_squared_norm():
    found = accuracy(bias=0.5, draws=20_000)
    variance = DEVIATION.square().sum().item() / 25
    assert found["variance"] == pytest.approx(variance, rel=0.03)
    assert found["mse"] == pytest.approx(variance + 0.75 / 25, rel=0.03)
    assert found["exact_norm"] == pytest.approx(5)


def test_intervals_cover_the_bias_as_often_as_they_say():
    """Of 200 intervals at 95 % about 10 miss; more than 22 would happen once in 5,000 tries."""
    size, missed = 0.1 * 3**0.5 / 5, 0
    generator = torch.Generator().manual_seed(1)
    for _ in range(200):
        moments = ErrorMoments(EXACT)
        moments.add(EXACT + 0.1 + DEVIATION * torch.randn(4000, 3, generator=generator, dtype=torch.float64))
        found = moments.accuracy()
        missed += not found["bias_low"] <= size <= found["bias_high"]
    assert missed <= 22


def test_draws_may_come_in_any_parts():
    whole, parts = accuracy(bias=0.2, draws=1000), accuracy(bias=0.2, draws=1000, parts=7)
    assert whole == pytest.approx(parts)


def test_the_share_of_draws_that_point_the_wrong_way_is_counted_over_all_parts():
    moments = ErrorMoments(EXACT)
    for draws in ([[3.0, 0.0, -4.0], [-3.0, 9.0, 4.0]], [[0.0, 5.0, 0.0], [1.0, 0.0, -1.0], [-1.0, 0.0, 0.1]]):
        moments.add(torch.tensor(draws))
    assert moments.accuracy().get("wrong_way") == 2 / 5
