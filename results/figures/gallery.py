"""Pictures by trained models: decoded codes, reconstructions, completions, classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.figures.style import FAINT
from runners.steps.decode import gallery
from tasks.fetch import DataError, offline

COUNT = 10
"""Pictures a method."""


def galleries(title: str, cells: pd.DataFrame, folder: Path) -> Iterator[tuple[str, Figure]]:
    """For each thing that the models show, its name and a figure with a strip of pictures for each method.

    A method is shown by its cell with the lowest seed, done or not.

    Args:
        title: what the cells have in common.
        cells: those of one task and data set, with the column ``method``.
        folder: that the cells' folders lie in.
    """
    first = cells.sort_values("seed", kind="stable").groupby("method").head(1).set_index("method", drop=False)
    first = first.loc[list(dict.fromkeys(cells["method"]))]
    found = {str(cell["method"]): _strips(folder, cell) for _, cell in first.iterrows()}
    labels = {
        str(method): f"{method}" if status == "done" else f"{method}\n({status})"
        for method, status in zip(first["method"], first["status"], strict=True)
    }
    shown = dict.fromkeys(what for strips in found.values() if isinstance(strips, dict) for what in strips)
    for what in shown:
        rows = {labels[method]: strips if isinstance(strips, str) else strips[what] for method, strips in found.items()}
        yield what, _figure(f"{title}: {what}", rows)


def _figure(title: str, rows: dict[str, np.ndarray | str]) -> Figure:
    """Labelled strips of pictures, or words where there are none."""
    figure = Figure(figsize=(8, 0.5 * len(rows) + 0.4), layout="constrained")
    figure.suptitle(title, fontweight="bold", fontsize=10)
    panels = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, (label, strip) in zip(panels, rows.items(), strict=True):
        axes.set_ylabel(label, rotation=0, ha="right", va="center")
        axes.set(xticks=[], yticks=[], xlim=(0, COUNT), ylim=(1, 0), aspect="equal")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        if isinstance(strip, str):
            axes.text(0, 0.5, f"  {strip}", va="center", color=FAINT)
            continue
        pictures = np.concatenate(list(strip), axis=1)
        axes.imshow(1 - pictures, cmap="gray", vmin=0, vmax=1, extent=(0, COUNT, 1, 0), interpolation="nearest")
    return figure


def _strips(folder: Path, cell: pd.Series) -> dict[str, np.ndarray] | str:
    """What the cell's model shows, or words where there is nothing."""
    try:
        if pd.isna(cell["folder"]):
            raise FileNotFoundError
        with offline():
            return gallery(folder / cell["folder"], COUNT)
    except FileNotFoundError:
        return "no checkpoint"
    except DataError:
        return "no pictures: the data are not on this machine"
    except Exception as error:  # other people's models may fail in any way; a figure of the rest is still wanted
        return f"no pictures: {type(error).__name__}"
