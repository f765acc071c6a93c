"""The score that methods reach against the number of settings tried."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.comparison import Comparison
from results.figures.panels import problem_panels
from results.figures.ranking import ranked
from results.figures.scale import limits
from results.figures.style import GREY, look


def tuning(comparison: Comparison, found: pd.DataFrame) -> Figure | None:
    """The expected score of the best of k settings on validation, one panel per problem; None without any scores.

    The score is the test bound, or the validation score if no setting was tested, as in a search.

    Args:
        comparison: the comparison that the scores belong to.
        found: one row per method, problem and number of ``settings``, with columns ``expected_bound`` and
            ``expected_validation``.
    """
    if not len(found):
        return None
    tested = found["expected_bound"].notna().any()
    column, score = ("expected_bound", "test bound") if tested else ("expected_validation", "validation score")
    found = found[found[column].notna()]
    if not len(found):
        return None
    problems = [problem for problem in comparison.problems if problem.is_of(found).any()]
    methods = [method for method in ranked(comparison) if (found["method"] == method).any()]
    figure, panels = problem_panels(comparison, problems, methods)
    for panel in panels:
        axes, rows = panel.axes, found[panel.problem.is_of(found)]
        for method, own in rows.groupby("method"):
            how = look(comparison.methods[str(method)])
            drawn: dict[str, Any] = {**how.line, **how.mark, "markersize": 3}
            axes.plot(own["settings"], own[column], **drawn if method in panel.methods else {"color": GREY, "lw": 0.7})
        axes.set(xlabel="settings tried, at random", ylabel=f"expected\n{score} (nats)" if panel.first else "")
        axes.set_ylim(*limits(rows[column]))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure
