"""Axes and labels for methods that lie close together or far off."""

from __future__ import annotations

import numpy as np
import pytest

from results.figures.scale import spread, without_far_off


def test_a_value_far_above_the_rest_is_left_out() -> None:
    assert without_far_off([130, 131, 132, 133, 400, np.nan, np.inf]).tolist() == [130, 131, 132, 133]


def test_nothing_is_far_off_below_or_among_three() -> None:
    assert without_far_off([10, 131, 132, 133, 134]).tolist() == [10, 131, 132, 133, 134]
    assert without_far_off([1, 2, 400]).tolist() == [1, 2, 400]


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([0.9, 0.1, 0.5], 0.1, 0, 1) == pytest.approx([0.9, 0.1, 0.5])


def test_labels_that_coincide_part_evenly_around_their_place() -> None:
    assert spread([0.5, 0.5, 0.5], 0.1, 0, 1) == pytest.approx([0.4, 0.5, 0.6])


def test_labels_keep_order_gap_and_range() -> None:
    wanted = np.random.default_rng(0).uniform(0.8, 1.0, size=9)
    placed = spread(wanted, 0.1, 0, 1)
    assert np.argsort(placed).tolist() == np.argsort(wanted).tolist()
    assert np.diff(np.sort(placed)).min() > 0.1 - 1e-9
    assert placed.min() > -1e-9
    assert placed.max() < 1 + 1e-9


def test_too_many_labels_are_set_evenly() -> None:
    assert spread([0.5] * 5, 0.5, 0, 1) == pytest.approx([0, 0.25, 0.5, 0.75, 1])
