"""What methods reach against the number of settings that are tried."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.comparison import Comparison
from results.figures.panels import panels_with_names
from results.figures.style import look


def tuning(comparison: Comparison, found: pd.DataFrame) -> Figure | None:
    """The expected score of the best of k settings on validation, a panel a problem; None without any.

    It is the test bound, or the validation score where no setting was tested, as in a search.

    Args:
        comparison: of which.
        found: with a row for each method, problem and number of ``settings``, and their
            ``expected_bound`` and ``expected_validation``.
    """
    if not len(found):
        return None
    tested = found["expected_bound"].notna().any()
    column, words = ("expected_bound", "test bound") if tested else ("expected_validation", "validation score")
    found = found[found[column].notna()]
    if not len(found):
        return None
    problems = [problem for problem in comparison.problems if problem.is_of(found).any()]
    figure, panels = panels_with_names(len(problems), found["method"].nunique())
    handles = {}
    for problem, axes in zip(problems, panels, strict=True):
        for method, rows in found[problem.is_of(found)].groupby("method"):
            how = look(comparison.methods[str(method)])
            label = comparison.label(str(method))
            marks: dict[str, Any] = how.mark | {"markersize": 3}
            (handles[label],) = axes.plot(rows["settings"], rows[column], **how.line, **marks, label=label)
        conditions = [problem.data, problem.conditions, problem.bound]
        axes.set_title(problem.task + "\n")
        told = ", ".join(part for part in conditions if part)
        axes.annotate(told, (0, 1), (0, 4), "axes fraction", "offset points")
        axes.set(xlabel="settings tried, at random", ylabel=f"expected {words} (nats)" if axes is panels[0] else "")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(handles=list(handles.values()), loc="outside right upper")
    return figure
