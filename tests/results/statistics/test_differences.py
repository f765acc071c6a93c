from __future__ import annotations

import numpy as np
import pytest

from results.statistics.differences import difference, p_in_words, student

SEEDS = {seed: 100.0 + 10 * seed for seed in range(4)}
"""Seeds differ by far more than methods do."""


def test_differences_are_taken_seed_by_seed():
    found = difference({seed: value - 1.0 - 0.01 * seed for seed, value in SEEDS.items()}, SEEDS)
    assert found.seeds == 4
    assert found.mean.value == pytest.approx(-1.015)
    assert found.mean.high < -0.9
    assert found.significant


def test_only_seeds_count_that_both_have_a_score_for():
    found = difference({0: 1.0, 1: 2.0, 3: np.nan}, {1: 5.0, 2: 7.0, 3: 1.0})
    assert (found.seeds, found.mean.value) == (1, -3.0)
    assert not found.significant, "one seed has no interval"
    assert np.isnan(found.p)


def test_a_difference_of_three_seeds_that_looks_large_is_not_significant():
    """The paired interval of 0.14, 0.35 and 3.62 reaches from -3.5 to 6.2, though all are above 0."""
    found = difference({0: 0.14, 1: 0.35, 2: 3.62}, dict.fromkeys(range(3), 0.0))
    assert found.mean == pytest.approx((1.37, -3.48, 6.22), abs=0.02)
    assert not found.significant


def test_p_is_below_a_twentieth_where_the_interval_excludes_0():
    generator = np.random.default_rng(0)
    for _ in range(300):
        scores = dict(enumerate(generator.normal(1.0, size=5)))
        found = difference(scores, dict.fromkeys(scores, 0.0), comparisons=4)
        assert found.significant == (found.p < 0.05)


def test_equal_scores_are_no_difference():
    found = difference(SEEDS, SEEDS)
    assert (found.mean.value, found.p, found.significant) == (0.0, 1.0, False)


def test_the_paired_t_test_of_a_worked_example():
    """Differences 1, 2, 3: t = 2 / (1 / sqrt 3) with two degrees of freedom, and 2 P(T > t) = 1 - t / sqrt(2 + t^2)."""
    t = 2 * 3**0.5
    assert student(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 - t / (2 + t**2) ** 0.5)


def test_the_paired_t_test_of_differences_that_do_not_vary():
    assert student(np.array([0.5, 0.5])) == 0.0
    assert student(np.array([0.0, 0.0])) == 1.0
    assert np.isnan(student(np.array([0.5])))


def test_p_is_never_printed_as_nothing():
    assert [p_in_words(p) for p in (0.0, 0.0004, 0.0312, 1.0, float("nan"))] == [
        "< 0.001",
        "< 0.001",
        "0.031",
        "1.000",
        "",
    ]
