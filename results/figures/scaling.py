"""Time and memory of a training step against the quantity that grows, on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from results.figures.draw import file_name
from results.figures.looks import Look, look
from results.figures.style import INK, PAGE
from results.reading.labels import Label

QUANTITIES = {"milliseconds": "time of a step (ms)", "peak_mb": "peak memory (MB)"}

GROWING = {
    "task.latent.k": "classes of each variable, K",
    "task.latent.n": "latent variables, n",
    "runner.batch_size": "examples per step",
    "estimator.samples": "samples per example",
}
"""Labels of axes by configuration key; any other key is its own label."""

WRITTEN = 6
"""The maximum number of values along the axis that are all written; of more, powers of ten are."""

ENDS = {
    "out of memory": ("x", "next size is\nout of memory"),
    "too slow": ("+", "next size is\ntoo slow"),
}
"""Outcomes that a line can end with: the marker at its end, and the marker's label in the legend."""


def scaling_figures(measured: pd.DataFrame, label: Label = str) -> Iterator[tuple[str, Figure]]:
    """One figure per quantity that grows, with one row of panels per task: time and memory."""
    for along, group in measured.groupby("along"):
        tasks = list(dict.fromkeys(group["task"]))
        looks = _looks(group, label)
        figure = Figure(figsize=(PAGE, 0.3 + max(2.1 * len(tasks), 0.15 * len(looks))), layout="constrained")
        panels = figure.subplots(len(tasks), 2, squeeze=False)
        for row, task in zip(panels, tasks, strict=True):
            for axes, (column, words) in zip(row, QUANTITIES.items(), strict=True):
                _panel(axes, group[group["task"] == task], column, looks)
                along_words = GROWING.get(str(along), str(along))
                axes.set(title=task if column == "milliseconds" else "", xlabel=along_words, ylabel=words)
        handles = [
            Line2D([], [], label=_name(name, label), **looks[name].line, **looks[name].mark) for name in _slowest(group)
        ]
        for outcome in (outcome for outcome in ENDS if (group["outcome"] == outcome).any()):
            mark, words = ENDS[outcome]
            handles.append(Line2D([], [], linestyle="none", marker=mark, color=INK, markeredgewidth=1.4, label=words))
        figure.legend(handles=handles, loc="outside right center")
        yield "scaling" if measured["along"].nunique() == 1 else file_name("scaling", along), figure


def _looks(group: pd.DataFrame, label: Label) -> dict[tuple[str, str], Look]:
    """Looks by estimator and setting, in alphabetical order; settings of one estimator differ in their dash pattern."""
    found = set(group[["estimator", "setting"]].itertuples(index=False, name=None))
    names: list[tuple[str, str]] = sorted(found, key=lambda name: (label(name[0]).casefold(), name))
    indices = {name: sum(other[0] == name[0] for other in names[: names.index(name)]) for name in names}
    return {name: look(name[0]).of_setting(index) for name, index in indices.items()}


def _name(name: tuple[str, str], label: Label) -> str:
    estimator, setting = name
    return f"{label(estimator)}\n{setting}" if setting else label(estimator)


def _slowest(group: pd.DataFrame) -> list[tuple[str, str]]:
    """Estimators and settings with a line: first those whose lines end early, then by the last value, largest first."""
    measured = group[group["outcome"] == "measured"].sort_values("value")
    last = measured.groupby(["estimator", "setting", "task"])[["value", "milliseconds"]].last()
    order = last.map(math.log).groupby(["estimator", "setting"]).mean().round(6)
    return list(order.sort_values(["value", "milliseconds"], ascending=[True, False]).index)


def _panel(axes: Axes, group: pd.DataFrame, column: str, looks: dict[tuple[str, str], Look]) -> None:
    axes.set(xscale="log", yscale="log")
    for (estimator, setting), rows in group.groupby(["estimator", "setting"]):
        how = looks[str(estimator), str(setting)]
        shown = rows[rows["outcome"] == "measured"].sort_values("value")
        axes.plot(shown["value"], shown[column], **how.line, **how.mark, markersize=3)
        ended = rows[rows["outcome"].isin(list(ENDS))]
        if len(shown) and len(ended):
            end, (mark, _) = shown.iloc[-1], ENDS[ended.iloc[0]["outcome"]]
            axes.plot(end["value"], end[column], marker=mark, markersize=8, color=how.colour, markeredgewidth=1.4)
    low, high = axes.get_ylim()
    if high < 100 * low:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    values = sorted(group["value"].unique())
    if len(values) <= WRITTEN:
        axes.xaxis.set_major_locator(FixedLocator(values))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
