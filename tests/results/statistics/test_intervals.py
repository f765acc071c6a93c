"""Intervals over seeds, and how often they hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from results.statistics.intervals import bootstrap_interval, deviation, interquartile_mean, t_interval

REPETITIONS = 4_000

Draw = Callable[[np.random.Generator, int], np.ndarray]

DISTRIBUTIONS: dict[str, Draw] = {
    "normal": lambda generator, n: generator.normal(size=n),
    "skewed": lambda generator, n: generator.lognormal(sigma=0.5, size=n) - np.exp(0.125),
}
"""All of mean 0; the skewed one has a skewness of 1.75."""

COVERAGE = {
    ("normal", 2): 0.95,
    ("normal", 3): 0.95,
    ("normal", 5): 0.95,
    ("normal", 10): 0.95,
    ("skewed", 2): 0.94,
    ("skewed", 3): 0.93,
    ("skewed", 5): 0.92,
    ("skewed", 10): 0.92,
}
"""As docs/statistics.md states it."""


OFTEN = (("normal", 3), ("skewed", 5))


@pytest.mark.parametrize(
    ("kind", "n"), [pytest.param(*each, marks=() if each in OFTEN else pytest.mark.slow) for each in COVERAGE]
)
def test_the_t_interval_covers_the_mean_as_often_as_is_stated(kind: str, n: int):
    """4,000 repetitions have a standard error of at most 0.0043: three of them are 0.013."""
    generator = np.random.default_rng(n)
    drawn = (DISTRIBUTIONS[kind](generator, n) for _ in range(REPETITIONS))
    covered = [low <= 0 <= high for _, low, high in map(t_interval, drawn)]
    assert np.mean(covered) == pytest.approx(COVERAGE[kind, n], abs=0.013)


@pytest.mark.parametrize(("n", "stated"), [(10, 0.93), pytest.param(20, 0.94, marks=pytest.mark.slow)])
def test_the_bootstrap_interval_of_the_interquartile_mean_covers_as_often_as_is_stated(n: int, stated: float):
    """Of normal scores it is 0. 400 repetitions have a standard error of 0.013."""
    generator = np.random.default_rng(n)
    drawn = (bootstrap_interval(generator.normal(size=n), interquartile_mean) for _ in range(400))
    assert np.mean([low <= 0 <= high for _, low, high in drawn]) == pytest.approx(stated, abs=0.04)


def test_intervals_for_several_comparisons_hold_together():
    """Seven differences to one of eight equal methods, of three seeds: all intervals at once, 19 times in 20."""
    generator = np.random.default_rng(0)
    together = []
    for _ in range(1_000):
        scores = generator.normal(size=(8, 3))
        found = [t_interval(scores[method] - scores[0], comparisons=7) for method in range(1, 8)]
        together.append(all(low <= 0 <= high for _, low, high in found))
    assert np.mean(together) > 0.95 - 3 * 0.007


def test_the_t_interval_of_a_worked_example():
    """Of 1, 2, 3: 2 ± 4.3027 / sqrt 3."""
    found = t_interval([1.0, 2.0, 3.0])
    assert found == pytest.approx((2.0, 2 - 4.302653 / 3**0.5, 2 + 4.302653 / 3**0.5), abs=1e-6)


def test_below_ten_seeds_nothing_is_bootstrapped():
    assert np.isnan(bootstrap_interval(range(9), np.median).low)
    assert not np.isnan(bootstrap_interval(range(10), np.median).low)


def test_the_interquartile_mean_is_that_of_the_middle_half():
    assert interquartile_mean([1, 2, 3, 4, 5, 6, 7, 100]) == pytest.approx((3 + 4 + 5 + 6) / 4)
    assert interquartile_mean([3.0, 1.0, 2.0]) == pytest.approx(2.0), "a quarter of three is none"


def test_one_score_has_no_interval_and_none_no_value():
    assert np.isnan(t_interval([3.0]).low)
    assert t_interval([3.0]).value == 3.0
    assert np.isnan(t_interval([]).value)


def test_equal_scores_have_an_interval_without_width_whatever_rounding_does():
    found = t_interval([0.1 + 0.2] * 3)
    assert found.low == found.high
    assert deviation([0.3] * 3) == 0.0


def test_the_same_scores_give_the_same_interval():
    scores = np.random.default_rng(0).normal(size=12)
    assert bootstrap_interval(scores, np.median) == bootstrap_interval(scores, np.median)
