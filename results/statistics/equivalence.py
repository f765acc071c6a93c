"""Verdicts on a difference: better, worse, practically equivalent, or unknown."""

from __future__ import annotations

from typing import Literal

import numpy as np

from results.statistics.differences import Difference

Verdict = Literal["better", "worse", "equivalent", "unknown"]

REGION = 0.5
"""Half-width of the region of practical equivalence of bounds, nats. Published results for one estimator, model and
data set differ by nearly as much: three papers report 113.1 to 113.5 nats for NVIL and MuProp on a belief network of
200 units. A smaller difference is no reason to choose one method over another."""

OTHERS = 0.01
"""Half-width of the region for scores other than bounds, such as accuracy: one test image in a hundred."""


def verdict(gap: Difference, region: float, *, lost_more: bool = False) -> Verdict:
    """The verdict on a method compared with a reference, lower scores being better.

    Equivalent: the interval of the difference lies within -region and region. These are the two one-sided tests of TOST
    (Schuirmann 1987, *A comparison of the two one-sided tests procedure and the power approach for assessing the
    equivalence of average bioavailability*), each at 2.5 % if the interval has level 95 %. Better or worse: the
    interval does not lie there, and excludes 0. Unknown: everything else, including fewer than two seeds.

    Args:
        gap: the method's scores minus the reference's.
        region: the largest difference that counts as equivalent, in the unit of the scores.
        lost_more: whether the method lost a larger share of its seeds than the reference: then its surviving seeds
            cannot make it better or equivalent.
    """
    _, low, high = gap.mean
    if np.isnan(low):
        return "unknown"
    if -region < low and high < region:
        return "unknown" if lost_more else "equivalent"
    if low > 0:
        return "worse"
    return "better" if high < 0 and not lost_more else "unknown"
