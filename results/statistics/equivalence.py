"""Whether a difference is one that matters, none that matters, or not known to be either."""

from __future__ import annotations

from typing import Literal

import numpy as np

from results.statistics.differences import Difference

Verdict = Literal["better", "worse", "equivalent", "unknown"]

REGION = 0.5
"""Half of the region of practical equivalence of bounds, nats. Papers differ by nearly as much on one estimator, model
and data set: three report 113.1 to 113.5 nats for NVIL and MuProp on a belief network of 200 units. What is smaller
would be no reason to choose one method over another."""

OTHERS = 0.01
"""The same of scores that are no bounds, such as accuracy: one test image in a hundred."""


def verdict(found: Difference, region: float, *, lost_more: bool = False) -> Verdict:
    """How a method stands to a reference, lower being better.

    Equivalent: the interval of the difference lies inside of the region from -region to region. That is the test by two
    one-sided tests (TOST; Schuirmann 1987, *A comparison of the two one-sided tests procedure and the power approach
    for assessing the equivalence of average bioavailability*), each at 2.5 % where the interval is one of 95 %. Better
    or worse: it does not, and is without 0. Unknown: everything else, also with fewer than two seeds.

    Args:
        found: the method's scores minus the reference's.
        region: what the scores may differ by and be equivalent, in their unit.
        lost_more: whether the method lost more seeds than the reference: those that survived cannot make it better or
            equivalent.
    """
    _, low, high = found.mean
    if np.isnan(low):
        return "unknown"
    if -region < low and high < region:
        return "unknown" if lost_more else "equivalent"
    if low > 0:
        return "worse"
    return "better" if high < 0 and not lost_more else "unknown"
