"""Axes that show what most methods do, also when a few are far off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression


def without_far_off(values: Sequence[float] | pd.Series) -> np.ndarray:
    """The finite values without those far above the rest: more than three interquartile ranges over the upper quartile.

    Lower is better, so nothing is left out below. With fewer than four values nothing can be called far off.
    """
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if len(finite) < 4:
        return finite
    low, high = np.percentile(finite, [25, 75])
    return finite[finite <= high + 3 * (high - low)]


def limits(values: Sequence[float] | pd.Series) -> tuple[float, float]:
    """Of an axis for what lies together, see :func:`without_far_off`, with a little room; (0, 1) without values."""
    near = without_far_off(values)
    if not len(near):
        return 0.0, 1.0
    room = 0.04 * (float(np.ptp(near)) or 1.0)
    return float(near.min()) - room, float(near.max()) + room


def spread(positions: Sequence[float] | np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """Positions for labels, as near to the wanted ones as can be, at least ``gap`` apart and within ``[low, high]``.

    Least squares under the gaps: after subtracting ``gap`` times the rank it is isotonic regression. If there is no
    room for so many, they are set evenly.
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
