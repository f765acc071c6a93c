from __future__ import annotations

import numpy as np
import pytest

from results.statistics.across import average_ranks, gaps, improvement, performance_profile, relative_gaps

SCORES = np.array([[[1.0, 2.0], [10.0, 10.0]], [[3.0, 1.0], [20.0, np.nan]]])
"""Two methods, two problems, two seeds."""


def test_gaps_are_0_for_the_best_and_infinite_for_a_lost_seed():
    np.testing.assert_allclose(gaps(SCORES), [[[0.0, 1.0], [0.0, 0.0]], [[2.0, 0.0], [10.0, np.inf]]])


def test_if_all_methods_lost_there_are_no_gaps():
    assert np.isnan(gaps(np.full((2, 1, 1), np.nan))).all()


def test_a_method_far_off_leaves_the_relative_gaps_of_the_others():
    """Gaps of 0, 1, 2 and 3 nats have the median 2."""
    scores = np.array([0.0, 1.0, 2.0, 3.0])[:, None, None] * np.ones((4, 4, 3))
    near = relative_gaps(scores)
    np.testing.assert_allclose(near, [0.0, 0.5, 1.0, 1.5])
    scores[3] = 1e6
    np.testing.assert_allclose(relative_gaps(scores)[:3], near[:3])


def test_equal_scores_have_no_gaps():
    assert relative_gaps(np.ones((3, 4, 2))).tolist() == [0.0, 0.0, 0.0]


def test_average_ranks_by_hand():
    """First method: ranks 1, 2 on the first problem, 1, 1 on the second."""
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


def test_a_performance_profile_rises_and_never_counts_lost_seeds():
    found = performance_profile(np.array([[0.0, 0.6], [0.8, np.inf]]), np.array([0.0, 0.5, 0.7, 100.0]))
    np.testing.assert_allclose(found, [0.25, 0.25, 0.5, 0.75])


def test_profiles_of_equal_scores_are_1_from_the_start():
    assert performance_profile(gaps(np.ones((2, 4, 3)))[0], np.array([0.0])).tolist() == [1.0]


def test_the_share_of_improvements_by_hand():
    """Better at one of two seeds of problem 1, and at both of problem 2, of which the other lost one."""
    assert improvement(SCORES[0], SCORES[1]) == 0.75
    assert improvement(SCORES[0], SCORES[0]) == 0.5
