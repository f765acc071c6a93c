"""Figure of the toy problem."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from results.figures.style import look

ROUNDING = -35
"""Log-variance below which there is nothing but rounding errors."""


def toy(cells: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Exact loss and log-variance of the gradient against steps, means over seeds; exact gradients have no variance."""
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    panels = figure.subplots(1, 2)
    merged = curves.merge(cells[["cell", "estimator"]], on="cell")
    for axes, metric, label in zip(
        panels, ("loss", "log_variance"), ("loss", "log-variance of the gradient"), strict=True
    ):
        for estimator, rows in merged[merged["metric"] == metric].groupby("estimator"):
            line = rows.groupby("step")["value"].mean()
            shown = line if metric == "loss" else line.where(line > ROUNDING)
            axes.plot(line.index, shown, label=str(estimator), **look(str(estimator)).line, linewidth=1.2)
        axes.set(xlabel="steps", ylabel=label)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=8)
    return figure
