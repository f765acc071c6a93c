"""Validation scores against steps, time and cost evaluations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from results.figures.scale import spread, without_far_off
from results.figures.style import FAINT, INK, Look, look
from results.reading.curves import METRIC
from results.reading.statuses import DONE, LOST, counts

ALONG = {"steps": "steps", "seconds": "seconds of training", "evaluations": "cost evaluations per example"}
"""What a curve can be drawn against, and what its axis says."""

LOGARITHMIC = 10
"""Ratio of the ends of the longest and the shortest line from which on the axis is logarithmic."""

LABEL = 0.175
"""Height of a label beside the axes, inches."""


class Line(NamedTuple):
    """A method's mean over the seeds that are done; of a method without any, the run that came furthest.

    ``mean``, ``low`` and ``high`` have what they are drawn against as their index.
    """

    label: str
    look: Look
    mean: pd.Series
    low: pd.Series
    high: pd.Series


class Run(NamedTuple):
    """A seed that is not done."""

    look: Look
    values: pd.Series
    lost: bool


class Lines(NamedTuple):
    """What one figure shows: methods, runs that are not done, and methods without any curve."""

    methods: list[Line]
    others: list[Run]
    without: list[str]


def metrics(curves: pd.DataFrame) -> list[str]:
    """The validation scores that there are curves of, the ELBO first."""
    found = sorted({name for name in curves["metric"].unique() if str(name).startswith("valid_")} - {METRIC})
    return [METRIC, *map(str, found)] if (curves["metric"] == METRIC).any() else list(map(str, found))


def name_of(metric: str) -> str:
    """``"validation negative ELBO (nats, one code per example)"``."""
    if metric == METRIC:
        return "validation negative ELBO (nats, one code per example)"
    return f"validation {metric.removeprefix('valid_').replace('_', ' ')}"


def training_curves(
    title: str, cells: pd.DataFrame, curves: pd.DataFrame, along: str = "steps", metric: str = METRIC
) -> Figure | None:
    """Mean over the seeds that are done, with a band from the lowest to the highest; other runs are thin.

    Args:
        title: what the cells have in common.
        cells: those of one task and data set, one setting of each method, with the column ``method``.
        curves: as collected.
        along: one of :data:`ALONG`.
        metric: of the curves; all but the negative ELBO are better when higher.

    Returns:
        The figure, or None where no cell has been validated.
    """
    lines = _lines(cells, curves, along, metric)
    if not lines.methods:
        return None
    figure = Figure(figsize=(8, max(4.4, 1.0 + LABEL * len(lines.methods))))
    axes = figure.add_axes((0.08, 0.14, 0.6, 0.78))
    axes.set(title=title, xlabel=ALONG[along], ylabel=name_of(metric))
    _draw(axes, lines)
    sign = 1 if metric == METRIC else -1
    _frame(axes, lines.methods, sign)
    _label_ends(axes, lines.methods, sign, gap=LABEL / (axes.get_position().height * figure.get_figheight()))
    note = (
        "mean over the seeds that are done; band: from the lowest seed to the highest, which is noise of validation too"
    )
    note += "; thin line: a seed that is not done, with a cross where it is lost" if lines.others else ""
    note += f"\nno curve: {', '.join(lines.without)}" if lines.without else ""
    axes.annotate(
        note, (0, 0), (0, -36), "axes fraction", "offset points", va="top", fontsize=8, color=FAINT, wrap=True
    )
    return figure


def _lines(cells: pd.DataFrame, curves: pd.DataFrame, along: str, metric: str) -> Lines:
    finite = curves[(curves["metric"] == metric) & np.isfinite(curves["value"])]
    runs = finite.pivot(index="step", columns="cell", values="value")
    lines = Lines([], [], [])
    for (method, estimator), of_method in cells.groupby(["method", "estimator"], sort=False):
        how = look(str(estimator))
        drawn = of_method[of_method["cell"].isin(runs.columns)]
        ended = list(drawn.loc[drawn["status"] == DONE, "cell"])
        placed = positions(drawn, curves, along, metric)
        for cell, status in zip(drawn["cell"], drawn["status"], strict=True):
            if status != DONE:
                lines.others.append(Run(how, _along(runs[cell].dropna(), placed), status in LOST))
        others = sorted(set(drawn["cell"]) - set(ended), key=lambda cell: (runs[cell].count(), cell))
        shown = runs[ended or others[-1:]].dropna()
        if _along(shown, placed).empty:
            lines.without.append(f"{method} ({counts(of_method['status'])})")
        else:
            lost = int(of_method["status"].isin(LOST).sum())
            label = f"{method} ({len(ended)}/{len(ended) + lost} †)" if ended and lost else str(method)
            series = (shown.mean(axis=1), shown.min(axis=1), shown.max(axis=1))
            lines.methods.append(Line(label, how, *(_along(each, placed) for each in series)))
    return lines


def positions(cells: pd.DataFrame, curves: pd.DataFrame, along: str, metric: str = METRIC) -> pd.Series:
    """Where each step of one method stands on the axis, by step; empty where it is not known.

    Seconds are the mean over the cells that are done, or over all where none is.
    """
    own = curves[curves["cell"].isin(cells["cell"])]
    steps = sorted(own.loc[own["metric"] == metric, "step"].unique())
    if along == "steps":
        return pd.Series(steps, index=steps, dtype=float)
    if along == "evaluations":
        each = cells["cost_evaluations"].dropna()
        return pd.Series([step * int(each.iloc[0]) for step in steps] if len(each) else [], steps if len(each) else [])
    ended = cells.loc[cells["status"] == DONE, "cell"]
    timed = own[(own["metric"] == "seconds") & (own["cell"].isin(ended) | (len(ended) == 0))]
    return timed.groupby("step")["value"].mean().reindex(steps).dropna()


def _along(values: Any, placed: pd.Series) -> Any:
    """A series or frame by step, by what :func:`positions` says instead."""
    known = values[values.index.isin(placed.index)]
    return known.set_axis(placed[known.index].to_numpy(), axis=0)


def _draw(axes: Axes, lines: Lines) -> None:
    for index, line in enumerate(lines.methods):
        steps, mean = line.mean.index.to_numpy(), line.mean.to_numpy()
        axes.fill_between(steps, line.low, line.high, color=line.look.colour, alpha=0.15, linewidth=0)
        # Markers of different lines start apart, so that lines that run together can be told.
        every = max(1, len(steps) // 5)
        axes.plot(steps, mean, **line.look.line, **line.look.mark, markevery=(index % every, every))
    for run in lines.others:
        axes.plot(run.values.index, run.values, color=run.look.colour, linewidth=0.8)
        if run.lost:
            end = run.values.iloc[-1:]
            axes.plot(end.index, end, color=run.look.colour, marker="x", markersize=8, markeredgewidth=2)


def _frame(axes: Axes, lines: list[Line], sign: int) -> None:
    """Limits that show the lines that do not end far off, each from a tenth of its length on."""
    lasts = [line.mean.index.max() for line in lines]
    if max(lasts) > LOGARITHMIC * min(lasts):
        axes.set(xscale="log", xlim=(min(line.mean.index.min() for line in lines), max(lasts)))
    else:
        axes.set(xlim=(0, max(lasts)))
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    ends = without_far_off([sign * line.mean.iloc[-1] for line in lines])
    near = [line for line in lines if sign * line.mean.iloc[-1] <= ends.max()]
    early = [line.mean[line.mean.index >= 0.1 * line.mean.index.max()].iloc[0] for line in near]
    late = [end for line in near for end in (line.low.min(), line.high.max())]
    bottom, top = (min(late), max(early)) if sign > 0 else (min(early), max(late))
    margin = 0.05 * (top - bottom) or 1.0
    axes.set(ylim=(bottom - margin, top + margin))


def _label_ends(axes: Axes, lines: list[Line], sign: int, gap: float) -> None:
    """Names beside the ends of the lines, moved apart, each with a leader and a piece of its line."""
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = np.array([to_axes.transform((line.mean.index[-1], line.mean.iloc[-1])) for line in lines])
    heights = spread(ends[:, 1].clip(0, 1), gap, low=0.0, high=1.0)
    for line, (x, y), height in zip(lines, ends, heights, strict=True):
        outside = {"transform": axes.transAxes, "clip_on": False}
        axes.plot([x, 1.04], [min(max(y, 0.0), 1.0), height], color=line.look.colour, linewidth=0.6, **outside)
        axes.plot([1.04, 1.08, 1.12], [height] * 3, **line.look.line, **line.look.mark, markevery=[1], **outside)
        end = f"{line.mean.iloc[-1]:.0f}" if sign > 0 else f"{line.mean.iloc[-1]:.2f}"
        words = f"{line.label}  {'↑' if y > 1 else '↓'} {end}" if not 0 <= y <= 1 else line.label
        axes.text(1.135, height, words, va="center", fontsize=8.5, color=INK, transform=axes.transAxes)
