"""Validation scores against learning rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.comparison import Comparison
from results.figures.panels import panels_with_names
from results.figures.scale import without_far_off
from results.figures.style import FAINT, look

LOST = 1.04
"""Where a rate at which every setting was lost is marked, in units of the height of the frame."""


def sensitivity(comparison: Comparison, found: pd.DataFrame) -> Figure:
    """The best validation score at each learning rate, a panel a problem.

    A cross above the frame is a rate with which nothing survived, a ring the rate that was chosen. Axes follow the
    scores that lie together; one that is far above leaves the frame.

    Args:
        comparison: of which.
        found: rows of :func:`results.sections.sensitivity.by_rate`.
    """
    problems = [problem for problem in comparison.problems if problem.is_of(found).any()]
    figure, panels = panels_with_names(len(problems), found["method"].nunique())
    handles = {}
    for problem, axes in zip(problems, panels, strict=True):
        rows = found[problem.is_of(found)]
        for method, own in rows.groupby("method", sort=False):
            how, label = look(comparison.methods[str(method)]), comparison.label(str(method))
            marks: dict[str, Any] = how.mark | {"markersize": 3}
            (handles[label],) = axes.plot(own["learning_rate"], own["validation"], **how.line, **marks, label=label)
            chosen = own[own["chosen"]]
            axes.plot(chosen["learning_rate"], chosen["validation"], "o", ms=7, mfc="none", mec=how.colour, mew=0.7)
        _lost(axes, rows[rows["validation"].isna() & (rows["lost"] > 0)], comparison)
        _frame(axes, rows)
        axes.set_title(problem.task + "\n\n", pad=0)
        told = ", ".join(part for part in (problem.data, problem.conditions) if part)
        axes.annotate(told, (0, 1), (0, 12), "axes fraction", "offset points")
        axes.set(xlabel="learning rate (ring: chosen)", ylabel="validation score (nats)" if axes is panels[0] else "")
    figure.legend(handles=list(handles.values()), loc="outside right upper")
    return figure


def _lost(axes: Axes, rows: pd.DataFrame, comparison: Comparison) -> None:
    """A cross for each method at each rate, side by side where several are lost at one."""
    for rate, lost in rows.groupby("learning_rate"):
        for number, method in enumerate(lost["method"]):
            beside = float(str(rate)) * 1.06 ** (number - (len(lost) - 1) / 2)
            how = {"color": look(comparison.methods[str(method)]).colour, "markersize": 5, "clip_on": False}
            axes.plot(beside, LOST, "x", transform=axes.get_xaxis_transform(), **how)


def _frame(axes: Axes, rows: pd.DataFrame) -> None:
    rates = sorted(rows["learning_rate"].unique())
    axes.set_xscale("log")
    axes.set_xlim(rates[0] / 1.5, rates[-1] * 1.5)
    axes.xaxis.set_major_locator(FixedLocator(rates))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    near = without_far_off(rows["validation"].to_numpy())
    if len(near):
        room = 0.04 * (np.ptp(near) or 1.0)
        axes.set_ylim(near.min() - room, near.max() + room)
    if (rows["validation"].isna() & (rows["lost"] > 0)).any():
        words = "× nothing survived"  # noqa: RUF001 - the mark above
        axes.annotate(words, (1, 1), (0, 12), "axes fraction", "offset points", ha="right", color=FAINT)
