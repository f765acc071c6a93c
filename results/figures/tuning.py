"""The score that methods reach against the number of settings tried."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.comparison import Comparison
from results.figures.panels import problem_panels
from results.figures.scale import limits


def tuning(comparison: Comparison, found: pd.DataFrame) -> Figure | None:
    """The expected score of the best of k settings on validation, one panel per problem; None without any scores.

    The score is the test bound, or the validation score if no setting was tested, as in a search.

    Args:
        comparison: the comparison that the scores belong to.
        found: one row per method, problem and number of ``settings``, with columns ``expected_bound`` and
            ``expected_validation``.
    """
    if found.empty:
        return None
    tested = found["expected_bound"].notna().any()
    column, score = ("expected_bound", "test bound") if tested else ("expected_validation", "validation score")
    found = found[found[column].notna()]
    if found.empty:
        return None
    figure, panels = problem_panels(comparison, found, "settings", column)
    for panel in panels:
        axes = panel.axes
        axes.set_xlabel("settings tried" if panel.lowest else "")
        axes.set_ylabel(f"expected\n{score} (nats)" if panel.first else "")
        axes.set_ylim(*limits(panel.rows[column]))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
