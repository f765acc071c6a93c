"""Scores of one method over seeds: intervals of their mean, and statistics that are more robust to outliers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

LEVEL = 0.95
"""Confidence level of every interval."""

FEWEST_RESAMPLED = 10
"""The smallest number of seeds that is bootstrapped; with fewer, the intervals cover less than their level."""

RESAMPLES = 10_000
SEED = 20161103
"""Seed of the bootstrap, so that the same scores give the same interval."""

Scores = NDArray[np.float64]
Statistic = Callable[..., np.float64]


class Interval(NamedTuple):
    """A statistic and its 95 % interval; the limits are NaN if there are too few scores."""

    value: float
    low: float
    high: float


def t_interval(scores: ArrayLike, comparisons: int = 1) -> Interval:
    """The mean of the scores ``[n]`` and its t-interval (Student 1908), which assumes that they are normal.

    Args:
        scores: independent.
        comparisons: the number of intervals that should hold jointly at 95 %: each then has the level
            1 - 0.05 / comparisons (Bonferroni).
    """
    values: Scores = np.asarray(scores, dtype=float)
    n = len(values)
    mean = float(values.mean()) if n else np.nan
    if n < 2:
        return Interval(mean, np.nan, np.nan)
    half = float(_quantile(n - 1, max(1, comparisons)) * deviation(values) / np.sqrt(n))
    return Interval(mean, mean - half, mean + half)


@cache
def _quantile(freedom: int, comparisons: int) -> float:
    """Of Student's distribution."""
    return float(stats.t.ppf(1 - (1 - LEVEL) / 2 / comparisons, freedom))


def deviation(scores: ArrayLike) -> float:
    """Standard deviation with n - 1 in the denominator; NaN with fewer than two scores, exactly 0 if all are equal."""
    values: Scores = np.asarray(scores, dtype=float)
    if len(values) < 2:
        return np.nan
    return 0.0 if np.ptp(values) == 0 else float(values.std(ddof=1))


def bootstrap_interval(scores: ArrayLike, statistic: Statistic) -> Interval:
    """A statistic of the scores ``[n]``; from ten scores on with its percentile bootstrap interval (Efron 1979)."""
    values: Scores = np.asarray(scores, dtype=float)
    point = float(statistic(values)) if len(values) else np.nan
    if len(values) < FEWEST_RESAMPLED:
        return Interval(point, np.nan, np.nan)
    resampled = stats.bootstrap(
        (values,),
        statistic,
        confidence_level=LEVEL,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    return Interval(point, float(resampled.confidence_interval.low), float(resampled.confidence_interval.high))


def interquartile_mean(scores: ArrayLike, axis: int = -1) -> np.float64:
    """Mean of the middle half of the scores: a quarter of them, rounded down, is left out at each end.

    Agarwal, Schwarzer, Castro, Courville & Bellemare 2021, *Deep reinforcement learning at the edge of the statistical
    precipice*, section 4.3: more robust to outliers than the mean, more efficient than the median.
    """
    return stats.trim_mean(np.asarray(scores, dtype=float), 0.25, axis=axis)


def in_columns(name: str, interval: Interval) -> dict[str, float]:
    """The statistic and the limits of its interval, by their names in a data frame."""
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
