"""Figure of the toy problems."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.figures.style import look
from results.reading.labels import Label

ROUNDING = -35
"""Log-variance below which there is nothing but rounding errors."""

METRICS = {"loss": "loss", "log_variance": "log-variance of the gradient"}
"""What is drawn, and what the axes say."""

ALIKE = 1e-4
"""Relative difference below which curves are one line."""


def toy(cells: pd.DataFrame, curves: pd.DataFrame, label: Label = str) -> Figure:
    """Exact loss and log-variance of the gradient against steps, means over seeds; exact gradients have no variance.

    A row of panels for each problem. Estimators that do the same there are one line.
    """
    merged = curves.merge(cells[["cell", "estimator", "conditions"]], on="cell")
    problems = sorted(merged["conditions"].unique())
    figure = Figure(figsize=(9.5, 4.6 * len(problems)), layout="constrained")
    for row, problem in zip(figure.subplots(len(problems), 2, squeeze=False), problems, strict=True):
        alike = _alike(merged[merged["conditions"] == problem])
        for axes, metric in zip(row, METRICS, strict=True):
            for names, lines in alike.items():
                line = lines[metric] if metric == "loss" else lines[metric].where(lines[metric] > ROUNDING)
                axes.plot(line.index, line, label=" = ".join(map(label, names)), **look(names[0]).line, linewidth=1.2)
            axes.set(title=problem, xlabel="steps", ylabel=METRICS[metric])
        row[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    return figure


def _alike(curves: pd.DataFrame) -> dict[tuple[str, ...], pd.DataFrame]:
    """The mean curves by the estimators that have them: a column for each metric, a row for each step."""
    groups: list[tuple[list[str], pd.DataFrame]] = []
    for estimator, rows in curves.groupby("estimator"):
        lines = rows.pivot_table(index="step", columns="metric", values="value")[list(METRICS)]
        for names, others in groups:
            if lines.shape == others.shape and np.allclose(lines, others, rtol=ALIKE, equal_nan=True):
                names.append(str(estimator))
                break
        else:
            groups.append(([str(estimator)], lines))
    return {tuple(names): lines for names, lines in groups}
