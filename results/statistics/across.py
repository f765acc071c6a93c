"""Methods across problems, on common problems and seeds.

Scores come as ``[methods, problems, seeds]``, lower is better. NaN is a lost seed, which is worse than any score.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Scores = NDArray[np.float64]

FEWEST_PROBLEMS = 4
"""Problems below which there are no ranks and no profiles: a share of two or three problems says less than they do."""


def with_losses(scores: Scores) -> Scores:
    """The scores, with infinity for a lost seed."""
    return np.where(np.isnan(scores), np.inf, scores)


def gaps(scores: Scores) -> Scores:
    """How far each score is above the best at its problem and seed: 0 is the best, infinity a lost seed.

    Seeds that all methods lost tell nothing and are NaN.
    """
    known = with_losses(scores)
    best = known.min(axis=0)
    return np.where(np.isinf(best), np.nan, known - np.where(np.isinf(best), 0.0, best))


def relative_gaps(scores: Scores) -> NDArray[np.float64]:
    """The median over problems and seeds of the gap to the best, in units of the problem: ``[methods]``.

    A problem's unit is the median of the gaps that are not 0, so 1 is the gap of an ordinary method. A method far off
    has a large value and leaves those of the others as they are; with the worst method as the unit it would compress
    them. Infinity: half of the seeds or more are lost.
    """
    found = gaps(scores)
    units = np.ones(found.shape[1])
    for problem in range(found.shape[1]):
        behind = found[:, problem][found[:, problem] > 0]
        if len(behind) and np.isfinite(np.median(behind)):
            units[problem] = np.median(behind)
    return np.nanmedian(found / units[:, None], axis=(1, 2))


def average_ranks(scores: Scores) -> NDArray[np.float64]:
    """Mean rank of every method over problems and seeds, 1 the best, ties sharing theirs: ``[methods]``.

    A lost seed has the last rank. Demšar 2006, *Statistical comparisons of classifiers over multiple data sets*.
    """
    return stats.rankdata(with_losses(scores), axis=0).mean(axis=(1, 2))


def performance_profile(found: Scores, tolerances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a method's gaps ``[problems, seeds]`` that are at most each tolerance: ``[tolerances]``.

    Dolan & Moré 2002, *Benchmarking optimization software with performance profiles*, with differences in place of
    ratios, since all bounds have one unit; Agarwal et al. 2021, section 4.2.
    """
    known = found[~np.isnan(found)]
    return (known[:, None] <= tolerances).mean(axis=0)


def improvement(one: Scores, other: Scores) -> float:
    """Share of ``[problems, seeds]`` on which the first method beats the second, ties counting half.

    The probability of improvement of Agarwal et al. 2021, section 4.4, seed by seed, since seeds are paired.
    """
    a, b = with_losses(one), with_losses(other)
    return float(((a < b) + 0.5 * (a == b)).mean())
