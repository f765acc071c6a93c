"""Better, worse, equivalent or unknown."""

from __future__ import annotations

import numpy as np
import pytest

from results.statistics.differences import Difference, difference
from results.statistics.equivalence import verdict


def against(*gaps: float) -> Difference:
    """Of a method to a reference, seed by seed."""
    reference = {seed: 100.0 + seed for seed in range(len(gaps))}
    return difference({seed: reference[seed] + gap for seed, gap in enumerate(gaps)}, reference)


@pytest.mark.parametrize(
    ("gaps", "found"),
    [
        ((0.1, 0.12, 0.11, 0.1), "equivalent"),  # significant, and yet too small to matter
        ((0.0, -0.1, 0.1, 0.0), "equivalent"),
        ((-2.0, -2.1, -1.9, -2.2), "better"),
        ((2.0, 2.1, 1.9, 2.2), "worse"),
        ((0.4, 0.6, 0.5, 0.45), "worse"),  # may be more than half a nat
        ((-3.0, 3.0, 0.0, 1.0), "unknown"),
        ((0.0, 0.6, -0.6, 0.1), "unknown"),
        ((0.1,), "unknown"),
    ],
)
def test_the_interval_and_the_region_decide(gaps: tuple[float, ...], found: str):
    assert verdict(against(*gaps), 0.5) == found


def test_what_survived_makes_a_method_that_lost_more_seeds_neither_better_nor_equivalent():
    better, same, worse = against(-2.0, -2.1, -2.2), against(0.1, 0.1, 0.11), against(2.0, 2.1, 2.2)
    assert [verdict(each, 0.5, lost_more=True) for each in (better, same, worse)] == [
        "unknown",
        "unknown",
        "worse",
    ]


def test_methods_at_the_edge_of_the_region_are_called_equivalent_in_few_cases():
    """Two one-sided tests at 2.5 %: of 2,000 with a difference of 0.5 nats in truth; the standard error is 0.0035."""
    generator = np.random.default_rng(1)
    gaps = 0.5 + 0.1 * generator.normal(size=(2000, 5))
    found = [verdict(against(*row), 0.5) for row in gaps]
    assert np.mean([each == "equivalent" for each in found]) < 0.036
