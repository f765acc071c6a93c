"""The expected score of a method when only some of its settings are tried."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb, fsum

import numpy as np
from numpy.typing import NDArray


def expected_best(validation: Sequence[float], test: Sequence[float]) -> NDArray[np.float64]:
    """Expected score of the setting that is best on validation among k drawn without replacement: ``[settings]``.

    Entry k - 1 is for k settings: the expected validation performance of Dodge, Gururangan, Card, Schwartz & Smith
    2019, *Show your work*, as the mean over all subsets of k settings, which is its unbiased estimate (Tang, Lee, Xin,
    Liu, Yu & Lin 2020, *Showing your work doesn't always work*, equation 8; drawing with replacement gives a biased
    estimate). It is NaN for every k such that k settings may all be lost.

    Args:
        validation: validation score of each setting, lower is better; NaN for a lost setting.
        test: the score to report of each setting: its test score, or its validation score again.
    """
    scores, n = np.asarray(validation, dtype=float), len(validation)
    order = np.argsort(scores, kind="stable")  # NaN comes last
    alive = int(np.isfinite(scores).sum())
    ranked = np.asarray(test, dtype=float)[order[:alive]]
    expected = np.full(n, np.nan)
    for k in range(n - alive + 1, n + 1):
        chances = [comb(n - 1 - rank, k - 1) / comb(n, k) for rank in range(alive)]
        # Rounded once, and so the same on every processor, which np.dot is not.
        expected[k - 1] = fsum(np.multiply(chances, ranked)) if alive else np.nan
    return expected
