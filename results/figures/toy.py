"""Figure of the toy problems."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.figures.looks import FAMILIES, OTHERS, by_family, family, look
from results.figures.style import GREY, INK, PAGE, SMALL
from results.reading.labels import Label

ROUNDING = -30
"""Log-variances below this are rounding errors of float32."""

METRICS = {"loss": "loss", "log_variance": "log-variance"}
"""The metrics that are drawn, and the labels of their axes."""

ALIKE = 1e-4
"""Curves whose relative difference is below this are drawn as one line."""

LINE = 0.13
"""Height of a line of the legend, inches."""


class Alike(NamedTuple):
    """Estimators with the same mean curves, and the curves: one column per metric, one row per step."""

    names: list[str]
    lines: pd.DataFrame


def toy(cells: pd.DataFrame, curves: pd.DataFrame, label: Label = str) -> Figure:
    """Exact loss and log-variance of the gradient against steps, means over seeds; exact gradients have no variance.

    There is one row of panels per problem, and per family if there are many estimators, with the other families in
    grey. Estimators with the same curves share one line, labelled with all their names.
    """
    merged = curves.merge(cells[["cell", "estimator", "conditions"]], on="cell")
    rows: list[tuple[str, list[Alike], list[Alike]]] = []
    for problem in sorted(merged["conditions"].unique()):
        found = _alike(merged[merged["conditions"] == problem], label)
        rows += [
            (", ".join(filter(None, [problem, name])), own, found) for name, own in by_family(found, _family).items()
        ]
    legends = [sum(-(-len(each.names) // 2) for each in own) for _, own, _ in rows]
    heights = [max(1.55, 0.45 + LINE * lines) for lines in legends]
    figure = Figure(figsize=(PAGE, sum(heights) + 0.2), layout="constrained")
    panels = figure.subplots(len(rows), 2, squeeze=False, sharex=True, gridspec_kw={"height_ratios": heights})
    for (title, own, every), row in zip(rows, panels, strict=True):
        for metric, axes in zip(METRICS, row, strict=True):
            _panel(axes, metric, own, every, label)
        row[0].set_title(title)
        row[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    for axes in panels[-1]:
        axes.set_xlabel("steps")
    note = "log-variance: of the gradient, without a line where there is none"
    note += "; grey: the other estimators" * (len(rows) > 1)
    figure.supxlabel(note, fontsize=SMALL, color=INK)
    return figure


def _panel(axes: Axes, metric: str, own: list[Alike], every: list[Alike], label: Label) -> None:
    for group in every:
        if all(group is not each for each in own):
            axes.plot(_drawn(group, metric), color=GREY, linewidth=0.7, zorder=1)
    for group in own:
        axes.plot(_drawn(group, metric), label=_named(group.names, label), **look(group.names[0]).line)
    axes.set(ylabel=METRICS[metric])


def _drawn(group: Alike, metric: str) -> pd.Series:
    line = group.lines[metric]
    return line if metric == "loss" else line.where(line > ROUNDING)


def _named(names: list[str], label: Label) -> str:
    """The label of a line, such as ``"A = B"``, with two names per line of text."""
    labels = [label(name) for name in names]
    return " =\n".join(" = ".join(labels[i : i + 2]) for i in range(0, len(labels), 2))


def _family(line: Alike) -> str:
    """The first family that one of the line's estimators belongs to."""
    return min((family(name) for name in line.names), key=[*FAMILIES, OTHERS].index)


def _alike(curves: pd.DataFrame, label: Label) -> list[Alike]:
    """The distinct mean curves, in the order of their labels."""
    groups: list[Alike] = []
    found = {str(name): rows for name, rows in curves.groupby("estimator")}
    for estimator in sorted(found, key=lambda name: (label(name).casefold(), name)):
        lines = found[estimator].pivot_table(index="step", columns="metric", values="value")[list(METRICS)]
        for names, others in groups:
            if lines.shape == others.shape and np.allclose(lines, others, rtol=ALIKE, equal_nan=True):
                names.append(estimator)
                break
        else:
            groups.append(Alike([estimator], lines))
    return groups
