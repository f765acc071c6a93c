"""Validation scores during training, as numbers for pages: negative ELBO of one sample per example, nats."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

import numpy as np
import pandas as pd

from results.reading.curves import METRIC


def mean_after(curves: pd.DataFrame, cells: Collection[str], steps: float) -> float:
    """The mean of cells after this number of steps, linearly interpolated between scores; NaN if one began later.

    After its last step a cell keeps its last score.
    """
    values = [np.interp(steps, curve["step"], curve["value"], left=np.nan) for _, curve in _by_cell(curves, cells)]
    return float(np.mean(values)) if values and not np.isnan(steps) else np.nan


def lowest_step(curves: pd.DataFrame, cells: Collection[str]) -> int:
    """The step at which the mean of the cells is lowest, of those at which all have a score."""
    together = pd.concat([curve.set_index("step")["value"] for _, curve in _by_cell(curves, cells)], axis=1)
    return cast("int", together.dropna().mean(axis=1).idxmin())


def _by_cell(curves: pd.DataFrame, cells: Collection[str]) -> list[tuple[str, pd.DataFrame]]:
    chosen = curves[(curves["metric"] == METRIC) & curves["cell"].isin(list(cells))].sort_values("step")
    return [(str(cell), curve) for cell, curve in chosen.groupby("cell")]
