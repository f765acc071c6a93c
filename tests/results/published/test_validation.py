from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from results.published.validation import lowest_step, mean_after
from results.reading.curves import METRIC, curves_frame

CURVES = curves_frame(
    [
        *[("a", step, METRIC, value) for step, value in ((10, 5.0), (20, 3.0), (30, 4.0))],
        *[("b", step, METRIC, value) for step, value in ((10, 7.0), (20, 5.0), (30, 2.0), (40, 1.0))],
        *[("other", step, METRIC, 0.0) for step in (5, 10)],
        ("a", 10, "train_loss", 1.0),
    ]
)


@pytest.mark.parametrize(("steps", "mean"), [(10, 6.0), (15, 5.0), (30, 3.0), (40, 2.5)])
def test_the_mean_is_interpolated_between_scores_and_stays_after_the_last(steps: float, mean: float):
    assert mean_after(CURVES, ["a", "b"], steps) == pytest.approx(mean)


@pytest.mark.parametrize(("cells", "steps"), [(["a", "b"], 9), (["a"], np.nan), (["absent"], 10)])
def test_it_is_unknown_before_the_first_score(cells: list[str], steps: float):
    assert np.isnan(mean_after(CURVES, cells, steps))


def test_the_lowest_step_is_that_of_the_mean_at_the_common_steps():
    assert lowest_step(CURVES, ["a"]) == 20
    assert lowest_step(CURVES, ["a", "b"]) == 30


def test_cells_that_have_no_common_step_have_no_lowest_one():
    apart = pd.concat([CURVES, curves_frame([("c", 15, METRIC, 1.0)])])
    with pytest.raises(ValueError, match="empty"):
        lowest_step(apart, ["a", "c"])
