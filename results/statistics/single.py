"""Scores of one method on one problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL = 0.95
RESAMPLES = 10_000
SEED = 20161103
"""Of the bootstrap, so that the same scores give the same interval."""

Scores = NDArray[np.float64]
Statistic = Callable[..., np.float64]


class Interval(NamedTuple):
    """A statistic and its 95 % interval; the bounds are NaN where there are too few scores to tell."""

    value: float
    low: float
    high: float


def interquartile_mean(scores: ArrayLike, axis: int = -1) -> np.float64:
    """Mean of the middle half of the scores: a quarter, rounded down, is left out at each end.

    Agarwal, Schwarzer, Castro, Courville & Bellemare 2021, *Deep reinforcement learning at the edge of the statistical
    precipice*, section 4.3: less swayed by an outlier than the mean, less wasteful than the median.
    """
    return stats.trim_mean(np.asarray(scores, dtype=float), 0.25, axis=axis)


def interval(scores: ArrayLike, statistic: Statistic = np.mean) -> Interval:
    """The statistic of the scores ``[n]`` and its percentile bootstrap interval (Efron 1979) over resampled seeds."""
    values: Scores = np.asarray(scores, dtype=float)
    if len(values) == 0:
        return Interval(np.nan, np.nan, np.nan)
    point = float(statistic(values))
    if len(values) == 1:
        return Interval(point, np.nan, np.nan)
    found = stats.bootstrap(
        (values,),
        statistic,
        confidence_level=LEVEL,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return Interval(point, float(found.confidence_interval.low), float(found.confidence_interval.high))


def summary(scores: ArrayLike) -> dict[str, Interval]:
    """Mean, median and interquartile mean of the scores ``[n]``, with intervals."""
    return {
        "mean": interval(scores, np.mean),
        "median": interval(scores, np.median),
        "interquartile mean": interval(scores, interquartile_mean),
    }
