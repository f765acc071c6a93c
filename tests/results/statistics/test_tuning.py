from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from results.statistics.tuning import expected_best


def test_it_is_the_mean_over_all_subsets():
    generator = np.random.default_rng(0)
    validation, test = generator.normal(size=6), generator.normal(size=6)
    for k in range(1, 7):
        best = [test[min(subset, key=lambda i: validation[i])] for subset in combinations(range(6), k)]
        assert expected_best(list(validation), list(test))[k - 1] == pytest.approx(np.mean(best))


def test_with_every_setting_it_is_that_of_the_choice():
    assert expected_best([3.0, 1.0, 2.0], [30.0, 10.0, 20.0])[-1] == 10.0


def test_settings_that_were_lost_were_tried_too():
    """Of two, one lost: one drawn at random may be lost, so only both tell something."""
    found = expected_best([1.0, np.nan], [10.0, np.nan])
    assert np.isnan(found[0])
    assert found[1] == 10.0


def test_if_all_are_lost_there_is_nothing_to_report():
    assert np.isnan(expected_best([np.nan, np.nan], [np.nan, np.nan])).all()
