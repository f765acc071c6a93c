"""Methods across problems, on common problems and seeds.

Scores are ``[methods, problems, seeds]``, lower is better. NaN is a lost seed, which is worse than any score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Scores = NDArray[np.float64]

FEWEST_PROBLEMS = 4
"""The smallest number of problems with ranks and profiles: a share of two or three says less than their scores do."""


def with_losses(scores: Scores) -> Scores:
    """The scores, with infinity for lost seeds."""
    return np.where(np.isnan(scores), np.inf, scores)


def gaps(scores: Scores) -> Scores:
    """The difference of each score from the best at its problem and seed: 0 for the best, infinity for a lost seed.

    Seeds that all methods lost are NaN.
    """
    known = with_losses(scores)
    best = known.min(axis=0)
    return np.where(np.isinf(best), np.nan, known - np.where(np.isinf(best), 0.0, best))


def relative_gaps(scores: Scores) -> NDArray[np.float64]:
    """The median over problems and seeds of the gap to the best, in units of the problem: ``[methods]``.

    A problem's unit is the median of its nonzero gaps, so that 1 is a typical gap. An outlying method gets a large
    value without changing the others; with the gap of the worst method as the unit it would compress them. Infinity
    if half of the seeds or more are lost.
    """
    behind = gaps(scores)
    units = np.ones(behind.shape[1])
    for problem in range(behind.shape[1]):
        nonzero = behind[:, problem][behind[:, problem] > 0]
        if len(nonzero) and np.isfinite(np.median(nonzero)):
            units[problem] = np.median(nonzero)
    return np.nanmedian(behind / units[:, None], axis=(1, 2))


def average_ranks(scores: Scores) -> NDArray[np.float64]:
    """Mean rank of every method over problems and seeds, 1 for the best, ties averaged: ``[methods]``.

    A lost seed ranks last. Demšar 2006, *Statistical comparisons of classifiers over multiple data sets*.
    """
    return stats.rankdata(with_losses(scores), axis=0).mean(axis=(1, 2))


def performance_profile(behind: Scores, tolerances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a method's gaps ``[problems, seeds]`` that are within each tolerance: ``[tolerances]``.

    Dolan & Moré 2002, *Benchmarking optimization software with performance profiles*, with differences instead of
    ratios, since all bounds have the same unit; Agarwal et al. 2021, section 4.2.
    """
    known = behind[~np.isnan(behind)]
    return (known[:, None] <= tolerances).mean(axis=0)


def improvement(one: Scores, other: Scores) -> float:
    """Share of ``[problems, seeds]`` on which the first method beats the second, ties counting half.

    The probability of improvement of Agarwal et al. 2021, but on paired seeds.
    """
    a, b = with_losses(one), with_losses(other)
    return float(((a < b) + 0.5 * (a == b)).mean())
