from __future__ import annotations

import numpy as np
import pytest

from results.statistics import average_ranks, improvement, normalised, performance_profile, stratified_interval

SCORES = np.array([[[1.0, 2.0], [10.0, 10.0]], [[3.0, 1.0], [20.0, np.nan]]])
"""Two methods, two tasks, two seeds."""


def test_normalised_scores_are_one_at_the_best_and_zero_at_the_baseline_and_where_missing():
    found = normalised(SCORES, baseline=np.array([3.0, 30.0]), best=np.array([1.0, 10.0]))
    np.testing.assert_allclose(found, [[[1.0, 0.5], [1.0, 1.0]], [[0.0, 1.0], [0.5, 0.0]]])


def test_average_ranks_by_hand():
    """First method: ranks 1, 2 on the first task, 1, 1 on the second."""
    np.testing.assert_allclose(average_ranks(SCORES), [5 / 4, 7 / 4])


DEMSAR = """
0.763 0.768 0.771 0.798    0.599 0.591 0.590 0.569    0.954 0.971 0.968 0.967    0.628 0.661 0.654 0.657
0.882 0.888 0.886 0.898    0.936 0.931 0.916 0.931    0.661 0.668 0.609 0.685    0.583 0.583 0.563 0.625
0.775 0.838 0.866 0.875    1.000 1.000 1.000 1.000    0.940 0.962 0.965 0.962    0.619 0.666 0.614 0.669
0.972 0.981 0.9751 0.975    0.957 0.978 0.946 0.970
"""
"""Demšar 2006, table 6: areas under the curve of C4.5 and of three ways to tune it, on 14 data sets. The third number
of the row before the last is printed as 0.975 and ranks as above it."""


def test_average_ranks_of_a_published_example():
    areas = np.array(DEMSAR.split(), dtype=float).reshape(14, 4)
    found = average_ranks(-areas.T[:, :, None])
    assert found == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)


def test_tied_methods_share_their_rank():
    np.testing.assert_allclose(average_ranks(np.ones((3, 1, 1))), [2.0, 2.0, 2.0])


def test_a_performance_profile_falls_from_one_to_zero():
    values = np.array([[0.2, 0.6], [0.8, 1.0]])
    np.testing.assert_allclose(performance_profile(values, np.array([0.0, 0.5, 0.9, 1.0])), [1.0, 0.75, 0.25, 0.0])


def test_the_probability_of_improvement_by_hand():
    """Task 1: of (1, 2) against (3, 1), 1 beats 3, ties 1, 2 beats 3: 2.5 / 4. Task 2: always."""
    assert improvement(SCORES[0], SCORES[1]) == pytest.approx((2.5 / 4 + 1.0) / 2)
    assert improvement(SCORES[0], SCORES[0]) == 0.5


def test_resampling_is_within_tasks():
    """Tasks far apart and seeds alike leave nothing to vary; resampling tasks would."""
    values = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    assert stratified_interval(values, np.mean) == (0.5, 0.5, 0.5)


def test_the_stratified_interval_has_the_width_of_its_standard_error():
    values = np.random.default_rng(0).normal(size=(4, 50))
    found = stratified_interval(values, np.mean)
    error = np.sqrt((values.var(axis=1) / 50).sum()) / 4
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)
