"""Two methods on the same seeds: all methods at one seed start from the same weights and see the same batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from results.statistics.single import Interval, interval

FEWEST = 6
"""Seeds below which no test can come out significant: the smallest two-sided p-value of five is 1/16."""


class Difference(NamedTuple):
    """One method's scores minus another's, by seed.

    Attributes:
        seeds: that both have.
        mean: with its 95 % interval; below 0 the first is better.
        p: of the two-sided Wilcoxon signed-rank test, after Holm; NaN with fewer than :data:`FEWEST` seeds.
    """

    seeds: int
    mean: Interval
    p: float

    @property
    def significant(self) -> bool:
        return self.p < 0.05


def differences(scores: Mapping[str, Mapping[int, float]], reference: str) -> dict[str, Difference]:
    """Every method against the reference, p-values corrected for their number.

    Wilcoxon 1945, *Individual comparisons by ranking methods*; Holm 1979, *A simple sequentially rejective multiple
    test procedure*.

    Args:
        scores: by method and seed.
        reference: the method that the others are compared with.
    """
    base = scores[reference]
    gaps = {
        method: np.array([by_seed[seed] - base[seed] for seed in sorted(by_seed.keys() & base.keys())])
        for method, by_seed in scores.items()
        if method != reference
    }
    corrected = dict(zip(gaps, holm([signed_rank(gap) for gap in gaps.values()]), strict=True))
    return {method: Difference(len(gap), interval(gap), corrected[method]) for method, gap in gaps.items()}


def signed_rank(gap: np.ndarray) -> float:
    """p of the two-sided Wilcoxon signed-rank test of differences ``[n]``; NaN with fewer than :data:`FEWEST`."""
    if len(gap) < FEWEST:
        return np.nan
    if not gap.any():
        return 1.0
    found: Any = stats.wilcoxon(gap)
    return float(found.pvalue)


def student(gap: np.ndarray) -> float:
    """p of the two-sided paired t-test of differences ``[n]``; NaN with fewer than two.

    Student 1908, *The probable error of a mean*. Unlike the signed-rank test it can come out significant for few seeds
    and many rows; it takes the differences for normal.
    """
    if len(gap) < 2:
        return np.nan
    if np.ptp(gap) == 0:
        return float(gap[0] == 0)
    found: Any = stats.ttest_1samp(gap, 0.0)
    return float(found.pvalue)


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number so that one false rejection is as unlikely as stated; NaN stays NaN."""
    known = [index for index, value in enumerate(p) if not np.isnan(value)]
    corrected = list(p)
    largest = 0.0
    for rank, index in enumerate(sorted(known, key=lambda each: p[each])):
        largest = max(largest, min(1.0, (len(known) - rank) * p[index]))
        corrected[index] = largest
    return corrected
