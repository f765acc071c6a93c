"""Digits that models decode from random codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.style import FAINT
from runners.decode import decoded_samples

COUNT = 10
"""Digits a method."""


def digits(title: str, cells: pd.DataFrame, folder: Path) -> Figure:
    """A row of decoded digits for each method, from the cell with its lowest seed, done or not.

    Args:
        title: what the cells have in common.
        cells: those of one task and data set, with the column ``method``.
        folder: that the cells' folders lie in.
    """
    first = cells.sort_values("seed", kind="stable").groupby("method").head(1).sort_values("method")
    figure = Figure(figsize=(8, 0.5 * len(first) + 0.4), layout="constrained")
    figure.suptitle(title, fontweight="bold", fontsize=10)
    panels = figure.subplots(len(first), 1, squeeze=False)[:, 0]
    for axes, (_, cell) in zip(panels, first.iterrows(), strict=True):
        status = "" if cell["status"] == "done" else f"\n({cell['status']})"
        axes.set_ylabel(f"{cell['method']}{status}", rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[], xlim=(0, COUNT), ylim=(1, 0), aspect="equal")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        pictures = _pictures(folder, cell)
        if isinstance(pictures, str):
            axes.text(0, 0.5, f"  {pictures}", va="center", color=FAINT)
            continue
        strip = np.concatenate(list(pictures), axis=1)
        axes.imshow(1 - strip, cmap="gray", vmin=0, vmax=1, extent=(0, COUNT, 1, 0), interpolation="nearest")
    return figure


def _pictures(folder: Path, cell: pd.Series) -> np.ndarray | str:
    """The digits, or words where there are none."""
    try:
        if pd.isna(cell["folder"]):
            raise FileNotFoundError
        return decoded_samples(folder / cell["folder"], COUNT)
    except FileNotFoundError:
        return "no checkpoint"
    except Exception as error:  # other people's models may fail in any way; a figure of the rest is still wanted
        return f"not decoded: {type(error).__name__}"
