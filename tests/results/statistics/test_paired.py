from __future__ import annotations

import numpy as np
import pytest

from results.statistics import differences, holm
from results.statistics.paired import student


def test_holm_of_a_worked_example():
    """Sorted 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1, each at least the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_has_no_p_value_and_stays_below_one():
    found = holm([0.5, float("nan"), 0.6])
    assert found[0] == 1.0
    assert np.isnan(found[1])
    assert found[2] == 1.0


def test_differences_are_taken_seed_by_seed():
    """Seeds differ by far more than methods do: only the pairing can see the constant gap."""
    base = {seed: 100.0 + 10 * seed for seed in range(8)}
    better = {seed: value - 1.0 - 0.01 * seed for seed, value in base.items()}
    (found,) = differences({"base": base, "better": better}, reference="base").values()
    assert found.seeds == 8
    assert found.mean.value == pytest.approx(-1.035)
    assert found.mean.high < -1.0
    assert found.p == pytest.approx(2 / 2**8), "all eight signs agree: the smallest p-value there is"
    assert found.significant


def test_below_six_seeds_nothing_is_significant():
    base = dict.fromkeys(range(5), 1.0)
    (found,) = differences({"base": base, "far": dict.fromkeys(base, 0.0)}, reference="base").values()
    assert np.isnan(found.p)
    assert not found.significant


def test_only_common_seeds_count():
    (found,) = differences({"a": {0: 1.0, 1: 2.0}, "b": {1: 5.0, 2: 7.0}}, reference="a").values()
    assert (found.seeds, found.mean.value) == (1, 3.0)


def test_equal_scores_are_no_difference():
    same = dict.fromkeys(range(6), 1.0)
    (found,) = differences({"a": same, "b": dict(same)}, reference="a").values()
    assert found.p == 1.0


def test_the_paired_t_test_of_a_worked_example():
    """Differences 1, 2, 3: t = 2 / (1 / sqrt 3) with two degrees of freedom, and 2 P(T > t) = 1 - t / sqrt(2 + t^2)."""
    t = 2 * 3**0.5
    assert student(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 - t / (2 + t**2) ** 0.5)


def test_the_paired_t_test_of_differences_that_do_not_vary():
    assert student(np.array([0.5, 0.5])) == 0.0
    assert student(np.array([0.0, 0.0])) == 1.0
    assert np.isnan(student(np.array([0.5])))
