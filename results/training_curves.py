"""Validation ELBO against steps, time and cost evaluations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from results.scale import spread, without_far_off
from results.style import FAINT, INK, Look, look
from results.table import counts

METRIC = "valid_negative_elbo"
ALONG = {"steps": "steps", "seconds": "seconds of training", "evaluations": "cost evaluations per example"}
"""What a curve can be drawn against, and what its axis says."""

LOGARITHMIC = 10
"""Ratio of the ends of the longest and the shortest line from which on the axis is logarithmic."""

LABEL = 0.175
"""Height of a label beside the axes, inches."""


class Line(NamedTuple):
    """A method's mean over the seeds that are done; of a method without any, the run that came furthest.

    ``mean`` and ``deviation`` have what they are drawn against as their index.
    """

    label: str
    look: Look
    mean: pd.Series
    deviation: pd.Series


class Lines(NamedTuple):
    """What one figure shows: methods, runs that are not done, and methods without any curve."""

    methods: list[Line]
    broken: list[tuple[Look, pd.Series]]
    without: list[str]


def training_curves(title: str, cells: pd.DataFrame, curves: pd.DataFrame, along: str = "steps") -> Figure | None:
    """Mean over the seeds that are done, with a band of one standard deviation; other runs are thin and end in a cross.

    Args:
        title: what the cells have in common.
        cells: those of one task and data set, with the column ``method``.
        curves: as collected.
        along: one of :data:`ALONG`.

    Returns:
        The figure, or None where no cell has been validated.
    """
    lines = _lines(cells, curves, along)
    if not lines.methods:
        return None
    figure = Figure(figsize=(8, max(4.4, 1.0 + LABEL * len(lines.methods))))
    axes = figure.add_axes((0.08, 0.14, 0.6, 0.78))
    axes.set(title=title, xlabel=ALONG[along], ylabel="validation negative ELBO (nats)")
    _draw(axes, lines)
    _frame(axes, lines.methods)
    _label_ends(axes, lines.methods, gap=LABEL / (axes.get_position().height * figure.get_figheight()))
    note = "mean over seeds; band: ± one standard deviation"
    note += "; thin line ending in a cross: a seed that is not done" if lines.broken else ""
    note += f"\nno curve: {', '.join(lines.without)}" if lines.without else ""
    axes.annotate(note, (0, 0), (0, -36), "axes fraction", "offset points", va="top", fontsize=8, color=FAINT)
    return figure


def _lines(cells: pd.DataFrame, curves: pd.DataFrame, along: str) -> Lines:
    finite = curves[(curves["metric"] == METRIC) & np.isfinite(curves["value"])]
    runs = finite.pivot(index="step", columns="cell", values="value")
    lines = Lines([], [], [])
    for (method, estimator), of_method in cells.groupby(["method", "estimator"]):
        how = look(str(estimator))
        of_method = of_method[of_method["cell"].isin(runs.columns)]
        ended = list(of_method.loc[of_method["status"] == "done", "cell"])
        others = [cell for cell in of_method["cell"] if cell not in ended]
        placed = positions(of_method, curves, along)
        lines.broken.extend((how, _along(runs[cell].dropna(), placed)) for cell in others)
        shown = runs[ended or sorted(others, key=lambda cell: runs[cell].count())[-1:]].dropna()
        if _along(shown, placed).empty:
            statuses = cells.loc[cells["method"] == method, "status"]
            lines.without.append(f"{method} ({counts(statuses)})")
        else:
            deviation = shown.std(axis=1, ddof=1).fillna(0.0)
            lines.methods.append(Line(str(method), how, _along(shown.mean(axis=1), placed), _along(deviation, placed)))
    return lines


def positions(cells: pd.DataFrame, curves: pd.DataFrame, along: str) -> pd.Series:
    """Where each step of one method stands on the axis, by step; empty where it is not known.

    Seconds are the mean over the cells that are done, or over all where none is.
    """
    own = curves[curves["cell"].isin(cells["cell"])]
    steps = sorted(own.loc[own["metric"] == METRIC, "step"].unique())
    if along == "steps":
        return pd.Series(steps, index=steps, dtype=float)
    if along == "evaluations":
        each = cells["cost_evaluations"].dropna()
        return pd.Series([step * int(each.iloc[0]) for step in steps] if len(each) else [], steps if len(each) else [])
    ended = cells.loc[cells["status"] == "done", "cell"]
    timed = own[(own["metric"] == "seconds") & (own["cell"].isin(ended) | (len(ended) == 0))]
    return timed.groupby("step")["value"].mean().reindex(steps).dropna()


def _along(values: Any, placed: pd.Series) -> Any:
    """A series or frame by step, by what :func:`positions` says instead."""
    known = values[values.index.isin(placed.index)]
    return known.set_axis(placed[known.index].to_numpy(), axis=0)


def _draw(axes: Axes, lines: Lines) -> None:
    for index, line in enumerate(lines.methods):
        steps, mean, deviation = line.mean.index.to_numpy(), line.mean.to_numpy(), line.deviation.to_numpy()
        axes.fill_between(steps, mean - deviation, mean + deviation, color=line.look.colour, alpha=0.15, linewidth=0)
        # Markers of different lines start apart, so that lines that run together can be told.
        every = max(1, len(steps) // 5)
        axes.plot(steps, mean, **line.look.line, **line.look.mark, markevery=(index % every, every))
    for how, run in lines.broken:
        axes.plot(run.index, run, color=how.colour, linewidth=0.8)
        axes.plot(run.index[-1:], run.iloc[-1:], color=how.colour, marker="x", markersize=8, markeredgewidth=2)


def _frame(axes: Axes, lines: list[Line]) -> None:
    """Limits that show the lines that do not end far off, each from a tenth of its length on."""
    lasts = [line.mean.index.max() for line in lines]
    if max(lasts) > LOGARITHMIC * min(lasts):
        axes.set(xscale="log", xlim=(min(line.mean.index.min() for line in lines), max(lasts)))
    else:
        axes.set(xlim=(0, max(lasts)))
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    ends = without_far_off([line.mean.iloc[-1] for line in lines])
    near = [line for line in lines if line.mean.iloc[-1] <= ends.max()]
    early = [line.mean[line.mean.index >= 0.1 * line.mean.index.max()].iloc[0] for line in near]
    bottom, top = min((line.mean - line.deviation).min() for line in near), max(early)
    margin = 0.05 * (top - bottom) or 1.0
    axes.set(ylim=(bottom - margin, top + margin))


def _label_ends(axes: Axes, lines: list[Line], gap: float) -> None:
    """Names beside the ends of the lines, moved apart, each with a leader and a piece of its line."""
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = np.array([to_axes.transform((line.mean.index[-1], line.mean.iloc[-1])) for line in lines])
    heights = spread(ends[:, 1].clip(0, 1), gap, low=0.0, high=1.0)
    for line, (x, y), height in zip(lines, ends, heights, strict=True):
        outside = {"transform": axes.transAxes, "clip_on": False}
        axes.plot([x, 1.04], [min(y, 1.0), height], color=line.look.colour, linewidth=0.6, **outside)
        axes.plot([1.04, 1.08, 1.12], [height] * 3, **line.look.line, **line.look.mark, markevery=[1], **outside)
        words = line.label if y <= 1 else f"{line.label}  ↑ {line.mean.iloc[-1]:.0f}"
        axes.text(1.135, height, words, va="center", fontsize=8.5, color=INK, transform=axes.transAxes)
