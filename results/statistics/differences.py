"""Paired differences: at one seed all methods start from the same weights and see the same batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import stats

from results.statistics.intervals import Interval, deviation, t_interval


class Difference(NamedTuple):
    """One method's scores minus another's, paired by seed.

    Attributes:
        seeds: the number of seeds that both have a score for.
        mean: with its 95 % t-interval, Bonferroni-corrected for the number of comparisons.
        p: p-value of the two-sided paired t-test with the same correction: below 0.05 if and only if the interval
            excludes 0; NaN with fewer than two seeds.
    """

    seeds: int
    mean: Interval
    p: float

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0; False if there is no interval."""
        return bool(self.mean.low > 0 or self.mean.high < 0)

    @property
    def negated(self) -> Difference:
        """The difference of the negated scores."""
        value, low, high = self.mean
        return self._replace(mean=Interval(-value, -high, -low))


def difference(scores: Mapping[int, float], reference: Mapping[int, float], comparisons: int = 1) -> Difference:
    """The paired difference of two methods on the seeds that both have a score for.

    Args:
        scores, reference: by seed; NaN for a lost seed.
        comparisons: the number of differences that are tested together, for the Bonferroni correction.
    """
    seeds = sorted(scores.keys() & reference.keys())
    gap = np.array([scores[seed] - reference[seed] for seed in seeds], dtype=float)
    gap = gap[np.isfinite(gap)]
    return Difference(len(gap), t_interval(gap, comparisons), float(np.minimum(1.0, comparisons * student(gap))))


def student(gap: np.ndarray) -> float:
    """p-value of the two-sided paired t-test (Student 1908) of differences ``[n]``; NaN with fewer than two."""
    if len(gap) < 2:
        return np.nan
    if np.ptp(gap) == 0:
        return float(gap[0] == 0)
    error = deviation(gap) / np.sqrt(len(gap))
    return float(2 * stats.t.sf(abs(gap.mean()) / error, len(gap) - 1))


def p_in_words(p: float) -> str:
    """``0.012``, ``< 0.001``, or nothing for NaN."""
    return "" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"
