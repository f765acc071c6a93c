"""Limits of axes that outliers do not stretch, and positions of labels that do not overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from scipy.optimize import isotonic_regression


def without_far_off(values: Sequence[float] | pd.Series) -> np.ndarray:
    """The finite values without those more than three interquartile ranges above the upper quartile.

    Lower is better, so no small values are left out. With fewer than four values there are no outliers.
    """
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if len(finite) < 4:
        return finite
    low, high = np.percentile(finite, [25, 75])
    return finite[finite <= high + 3 * (high - low)]


def round_numbers(count: int) -> MaxNLocator:
    """At most about ``count`` ticks, at multiples of 1, 2, 2.5 or 5 times a power of ten."""
    return MaxNLocator(count, steps=[1, 2, 2.5, 5, 10])


def limits(values: Sequence[float] | pd.Series) -> tuple[float, float]:
    """Limits of an axis for the values of :func:`without_far_off`, with a margin; (0, 1) without values."""
    near = without_far_off(values)
    if not len(near):
        return 0.0, 1.0
    margin = 0.06 * (float(np.ptp(near)) or 1.0)
    return float(near.min()) - margin, float(near.max()) + margin


def spread(positions: Sequence[float] | np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """The positions of labels closest to the given ones that are at least ``gap`` apart and within ``[low, high]``.

    This is a least-squares problem: after subtracting ``gap`` times the rank, isotonic regression. If there are too
    many labels for this gap, they are evenly spaced.
    """
    wanted = np.asarray(positions, dtype=float)
    if len(wanted) * gap > high - low + gap:
        gap = (high - low) / max(1, len(wanted) - 1)
    order = np.argsort(wanted, kind="stable")
    offsets = gap * np.arange(len(wanted))
    level = isotonic_regression(wanted[order] - offsets).x if len(wanted) else wanted
    placed = np.empty_like(wanted)
    placed[order] = np.clip(level, low, max(low, high - gap * (len(wanted) - 1))) + offsets
    return placed
