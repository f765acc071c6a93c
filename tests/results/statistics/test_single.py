from __future__ import annotations

import numpy as np
import pytest

from results.statistics import interquartile_mean, interval, summary


def test_the_interquartile_mean_is_that_of_the_middle_half():
    assert interquartile_mean([1, 2, 3, 4, 5, 6, 7, 100]) == pytest.approx((3 + 4 + 5 + 6) / 4)
    assert interquartile_mean([3.0, 1.0, 2.0]) == pytest.approx(2.0), "a quarter of three is none"


def test_the_interval_of_a_mean_is_close_to_that_of_the_normal_approximation():
    scores = np.random.default_rng(0).normal(10.0, 2.0, size=400)
    found = interval(scores)
    assert found.value == pytest.approx(scores.mean())
    half = 1.96 * scores.std() / 20
    assert found.low == pytest.approx(found.value - half, abs=0.03)
    assert found.high == pytest.approx(found.value + half, abs=0.03)


def test_intervals_cover_the_true_mean_about_as_often_as_they_say():
    """Of 20 scores the percentile bootstrap covers a little less than 95 %; 300 repetitions see 88 % from 95 %."""
    generator = np.random.default_rng(1)
    covered = [low <= 0 <= high for _, low, high in (interval(generator.normal(size=20)) for _ in range(300))]
    assert 0.88 < np.mean(covered) < 0.98


def test_one_score_has_no_interval_and_none_no_value():
    assert np.isnan(interval([3.0]).low)
    assert interval([3.0]).value == 3.0
    assert np.isnan(interval([]).value)


def test_the_same_scores_give_the_same_summary():
    assert summary([1.0, 2.0, 4.0]) == summary([1.0, 2.0, 4.0])
    assert summary([1.0, 2.0, 4.0])["median"].value == 2.0
