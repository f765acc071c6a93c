"""Time and memory of a training step against what grows, on logarithmic axes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, NullFormatter

from results.figures.style import look
from results.reading.labels import Label
from results.writing.files import file_name

QUANTITIES = {"milliseconds": "milliseconds per step", "peak_mb": "peak memory (MB)"}

ENDS = {"out of memory": "no more memory", "too slow": "too slow"}
"""Outcomes that a line can end with, as the figure says them."""


def scaling_figures(measured: pd.DataFrame, label: Label = str) -> Iterator[tuple[str, Figure]]:
    """One figure for each thing that grows: a row of panels per task, one for time and one for memory."""
    for along, group in measured.groupby("along"):
        tasks = list(dict.fromkeys(group["task"]))
        figure = Figure(figsize=(9.5, 0.6 + 3.4 * len(tasks)), layout="constrained")
        panels = figure.subplots(len(tasks), 2, squeeze=False)
        for row, task in zip(panels, tasks, strict=True):
            for axes, (column, words) in zip(row, QUANTITIES.items(), strict=True):
                _panel(axes, group[group["task"] == task], column)
                axes.set(title=task if column == "milliseconds" else "", xlabel=str(along), ylabel=words)
        estimators = sorted(group.loc[group["outcome"] == "measured", "estimator"].unique())
        handles = [Line2D([], [], label=label(name), **look(name).line, **look(name).mark) for name in estimators]
        figure.legend(handles=handles, loc="outside right center", frameon=False, fontsize=8)
        yield "scaling" if measured["along"].nunique() == 1 else file_name("scaling", along), figure


def _panel(axes: Axes, group: pd.DataFrame, column: str) -> None:
    axes.set(xscale="log", yscale="log")
    for (estimator, _), rows in group.groupby(["estimator", "setting"]):
        how = look(str(estimator))
        shown = rows[rows["outcome"] == "measured"].sort_values("value")
        axes.plot(shown["value"], shown[column], **how.line, **how.mark, markersize=4, linewidth=1.2)
        ended = rows[rows["outcome"].isin(list(ENDS))]
        if len(shown) and len(ended):
            end = shown.iloc[-1]
            axes.plot(end["value"], end[column], marker="x", markersize=9, color=how.colour, markeredgewidth=1.6)
            axes.annotate(
                ENDS[ended.iloc[0]["outcome"]],
                (end["value"], end[column]),
                (-8, 0),
                textcoords="offset points",
                va="center",
                ha="right",
                fontsize=7.5,
                color=how.colour,
            )
    low, high = axes.get_ylim()
    if high < 100 * low:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
