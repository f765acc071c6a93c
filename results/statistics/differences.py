"""Two methods on the same seeds: all methods at one seed start from the same weights and see the same batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from results.statistics.intervals import Interval, deviation, t_interval


class Difference(NamedTuple):
    """One method's scores minus another's, seed by seed.

    Attributes:
        seeds: how many both have.
        mean: with its t-interval, which holds together with those of all other comparisons.
        p: of the two-sided paired t-test, times the number of comparisons: below 0.05 where the interval is without 0;
            NaN with fewer than two seeds.
    """

    seeds: int
    mean: Interval
    p: float

    @property
    def is_told(self) -> bool:
        """Whether the two can be told apart: there is an interval, and 0 is not in it."""
        return bool(self.mean.low > 0 or self.mean.high < 0)


def difference(scores: Mapping[int, float], reference: Mapping[int, float], comparisons: int = 1) -> Difference:
    """The paired difference of two methods on the seeds that both have a score for.

    Args:
        scores, reference: by seed; NaN where a seed was lost.
        comparisons: how many such differences are looked at together, which must all hold.
    """
    seeds = sorted(scores.keys() & reference.keys())
    gap = np.array([scores[seed] - reference[seed] for seed in seeds], dtype=float)
    gap = gap[np.isfinite(gap)]
    return Difference(len(gap), t_interval(gap, comparisons), float(np.minimum(1.0, comparisons * student(gap))))


def student(gap: np.ndarray) -> float:
    """p of the two-sided paired t-test (Student 1908) of differences ``[n]``; NaN with fewer than two."""
    if len(gap) < 2:
        return np.nan
    if np.ptp(gap) == 0:
        return float(gap[0] == 0)
    error = deviation(gap) / np.sqrt(len(gap))
    return float(2 * stats.t.sf(abs(gap.mean()) / error, len(gap) - 1))


def p_in_words(p: float) -> str:
    """Three decimals, and never 0."""
    return "" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
