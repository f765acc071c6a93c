"""Validation scores against steps, time and cost evaluations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from results.figures.curve_panels import Line, Lines, Run, curves_figure
from results.figures.looks import family, look
from results.reading.curves import METRIC
from results.reading.statuses import DONE, LOST, counts

ALONG = {"steps": "steps", "seconds": "seconds of training", "evaluations": "cost evaluations per example"}
"""The quantities on the x axis, and the labels of the axis."""

POINTS = 1_000
"""Maximum number of points of a line, which is less than a thousand dots long in print."""


def metrics(curves: pd.DataFrame) -> list[str]:
    """The names of the validation scores with curves, the negative ELBO first."""
    found = sorted({name for name in curves["metric"].unique() if str(name).startswith("valid_")} - {METRIC})
    return [METRIC, *map(str, found)] if (curves["metric"] == METRIC).any() else list(map(str, found))


def name_of(metric: str) -> str:
    """The label of a metric, such as ``"validation negative ELBO (nats)"``."""
    if metric == METRIC:
        return "validation negative ELBO (nats)"
    return f"validation {metric.removeprefix('valid_').replace('_', ' ')}"


def training_curves(
    title: str, cells: pd.DataFrame, curves: pd.DataFrame, along: str = "steps", metric: str = METRIC
) -> Figure | None:
    """Mean over the finished seeds, with a band from the lowest to the highest; other runs are thin lines.

    Args:
        title: what the cells have in common.
        cells: the cells of one task and data set, one setting per method, with the column ``method``.
        curves: the curves of :func:`results.reading.collect.collect`.
        along: the quantity on the x axis, a key of :data:`ALONG`.
        metric: the metric to draw; all except the negative ELBO are better when higher.

    Returns:
        The figure, or None if no cell has validation scores.
    """
    lines = _lines(cells, curves, along, metric)
    if not lines.methods:
        return None
    return curves_figure(title, ALONG[along], name_of(metric), lines, sign=1 if metric == METRIC else -1)


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
            lines.methods.append(Line(label, family(str(estimator)), how, *(_along(each, placed) for each in series)))
    return lines


def positions(cells: pd.DataFrame, curves: pd.DataFrame, along: str, metric: str = METRIC) -> pd.Series:
    """The positions of one method's steps on the x axis, by step; unknown positions are left out.

    Seconds are the mean over the finished cells, or over all cells if none has finished.
    """
    own = curves[curves["cell"].isin(cells["cell"])]
    steps = sorted(own.loc[own["metric"] == metric, "step"].unique())
    if along == "steps":
        return pd.Series(steps, index=steps, dtype=float)
    if along == "evaluations":
        each = cells["cost_evaluations"].dropna()
        return pd.Series(np.array(steps) * int(each.iloc[0]), steps) if len(each) else pd.Series(dtype=float)
    ended = cells.loc[cells["status"] == DONE, "cell"]
    timed = own[(own["metric"] == "seconds") & (own["cell"].isin(ended) | (len(ended) == 0))]
    return timed.groupby("step")["value"].mean().reindex(steps).dropna()


def thinned(values: Any, points: int) -> Any:
    """At most this many evenly spaced rows, including the first and the last."""
    return values if len(values) <= points else values.iloc[np.linspace(0, len(values) - 1, points).round().astype(int)]


def _along(values: Any, placed: pd.Series) -> Any:
    """The values, given by step, at the positions of :func:`positions` instead."""
    known = thinned(values[values.index.isin(placed.index)], POINTS)
    return known.set_axis(placed[known.index].to_numpy(), axis=0)
