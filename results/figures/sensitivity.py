"""Validation scores against learning rates."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.comparison import Comparison
from results.figures.looks import look
from results.figures.panels import problem_panels
from results.figures.scale import limits
from results.figures.style import FAINT

LOST = 0.95
"""Height of the crosses that mark rates at which every setting was lost, as a fraction of the panel's height."""


def sensitivity(comparison: Comparison, found: pd.DataFrame) -> Figure:
    """The best validation score at each learning rate, one panel per problem.

    A ring marks the chosen rate, a cross at the upper edge a rate at which every setting was lost. The axes do not
    include outliers.

    Args:
        comparison: the comparison that the scores belong to.
        found: rows of :func:`results.sections.sensitivity.by_rate`.
    """
    figure, panels = problem_panels(comparison, found, "learning_rate", "validation")
    for panel in panels:
        axes, own = panel.axes, panel.rows[panel.rows["method"].isin(panel.methods)]
        for method, chosen in own[own["chosen"]].groupby("method", sort=False):
            colour = look(comparison.methods[str(method)]).colour
            axes.plot(chosen["learning_rate"], chosen["validation"], "o", ms=7, mfc="none", mec=colour, mew=0.7)
        _lost(axes, own[own["validation"].isna() & (own["lost"] > 0)], comparison)
        _frame(axes, panel.rows)
        axes.set(xlabel="learning rate (ring: chosen)", ylabel="validation score (nats)" if panel.first else "")
    return figure


def _lost(axes: Axes, rows: pd.DataFrame, comparison: Comparison) -> None:
    """Draws one cross per method and lost rate; the crosses of several methods at one rate are next to each other."""
    if len(rows):
        text = "× all settings lost"  # noqa: RUF001 - the marker
        axes.annotate(text, (1, 1), (0, 12), "axes fraction", "offset points", ha="right", color=FAINT)
    for rate, lost in rows.groupby("learning_rate"):
        for number, method in enumerate(lost["method"]):
            shifted = float(str(rate)) * 1.06 ** (number - (len(lost) - 1) / 2)
            how = {"color": look(comparison.methods[str(method)]).colour, "markersize": 5, "clip_on": False}
            axes.plot(shifted, LOST, "x", transform=axes.get_xaxis_transform(), **how)


def _frame(axes: Axes, rows: pd.DataFrame) -> None:
    rates = sorted(rows["learning_rate"].unique())
    axes.set_xscale("log")
    axes.set_xlim(rates[0] / 1.5, rates[-1] * 1.5)
    axes.xaxis.set_major_locator(FixedLocator(rates))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylim(*limits(rows["validation"]))
