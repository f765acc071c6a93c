"""Validation scores against learning rates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from results.comparison import Comparison
from results.figures.looks import look
from results.figures.panels import problem_panels
from results.figures.scale import limits
from results.figures.style import INK, SMALL

LOST = 0.95
"""Height of the crosses that mark rates at which every setting was lost, as a fraction of the panel's height."""

MOST_NAMED = 3
"""If there are more rates, only powers of ten are written along the axis."""


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
        _lost(axes, own[_is_lost(own)], comparison)
        _frame(axes, panel.rows)
        axes.set_xlabel("learning rate" if panel.lowest else "")
        axes.set_ylabel("validation score (nats)" if panel.first else "")
    note = "ring: the chosen rate"
    note += "; cross: all settings at this rate were lost" if _is_lost(found).any() else ""
    figure.supxlabel(note, fontsize=SMALL, color=INK)
    return figure


def _is_lost(rows: pd.DataFrame) -> pd.Series:
    return rows["validation"].isna() & (rows["lost"] > 0)


def _lost(axes: Axes, rows: pd.DataFrame, comparison: Comparison) -> None:
    """Draws one cross per method and lost rate; the crosses of several methods at one rate are next to each other."""
    for rate, lost in rows.groupby("learning_rate"):
        for number, method in enumerate(lost["method"]):
            shifted = float(str(rate)) * 1.06 ** (number - (len(lost) - 1) / 2)
            how = {"color": look(comparison.methods[str(method)]).colour, "markersize": 5, "clip_on": False}
            axes.plot(shifted, LOST, "x", transform=axes.get_xaxis_transform(), **how)


def _frame(axes: Axes, rows: pd.DataFrame) -> None:
    rates = sorted(rows["learning_rate"].unique())
    decades = [rate for rate in rates if np.log10(rate).is_integer()]
    named = decades if len(rates) > MOST_NAMED and decades else rates
    axes.set_xscale("log")
    axes.set_xlim(rates[0] / 1.5, rates[-1] * 1.5)
    axes.xaxis.set_major_locator(FixedLocator(rates))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:g}" if rate in named else ""))
    axes.set_ylim(*limits(rows["validation"]))
