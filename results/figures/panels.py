"""Figures with one panel per problem, and per family if there are many methods; legends are next to the panels."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from results.comparison import Comparison
from results.figures.looks import by_family, family, look
from results.figures.ranking import ranked
from results.figures.style import ACROSS, GREY, PAGE
from results.reading.methods import Problem

PANEL, NAME = 1.75, 0.155
"""Heights of a panel and of a name in the legend, inches."""


class Panel(NamedTuple):
    """A panel for the lines of some methods on one problem; the other methods are drawn in grey.

    Attributes:
        family: the family of the methods, or empty if the panel has all methods.
        rows: those of the problem.
        first: whether it is the first panel of its row.
    """

    axes: Axes
    problem: Problem
    family: str
    methods: list[str]
    rows: pd.DataFrame
    first: bool


def problem_panels(comparison: Comparison, found: pd.DataFrame, x: str, y: str) -> tuple[Figure, list[Panel]]:
    """A figure as wide as a page, with titles, legends, and a line for each method.

    Args:
        comparison: the comparison that the rows belong to.
        found: rows about methods on problems.
        x, y: the columns to draw.
    """
    problems = [problem for problem in comparison.problems if problem.is_of(found).any()]
    methods = [method for method in ranked(comparison) if (found["method"] == method).any()]
    columns = min(ACROSS, len(problems))
    rows = [
        (problems[start : start + columns], name, own)
        for start in range(0, len(problems), columns)
        for name, own in by_family(methods, lambda method: family(comparison.methods[method])).items()
    ]
    heights = [max(PANEL, 0.3 + NAME * len(own)) for _, _, own in rows]
    figure = Figure(figsize=(PAGE, sum(heights)), layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False, gridspec_kw={"height_ratios": heights})
    panels = []
    for (in_row, name, own), row in zip(rows, grid, strict=True):
        for problem, axes in zip(in_row, row, strict=False):
            panels.append(Panel(axes, problem, name, own, found[problem.is_of(found)], axes is row[0]))
            _title(panels[-1])
            _lines(panels[-1], comparison, x, y)
        for empty in row[len(in_row) :]:
            empty.set_visible(False)
        handles = [Line2D([], [], label=comparison.label(method), **_style(comparison, method)) for method in own]
        row[len(in_row) - 1].legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure, panels


def _style(comparison: Comparison, method: str) -> dict[str, Any]:
    how = look(comparison.methods[method])
    return {**how.line, **how.mark, "markersize": 3}


def _title(panel: Panel) -> None:
    """Writes the task, and below it data, conditions and family."""
    details = ", ".join(filter(None, (panel.problem.on, panel.family)))
    panel.axes.set_title(panel.problem.task + "\n")
    panel.axes.annotate(details, (0, 1), (0, 4), "axes fraction", "offset points")


def _lines(panel: Panel, comparison: Comparison, x: str, y: str) -> None:
    for method, rows in panel.rows.groupby("method", sort=False):
        grey = {"color": GREY, "linewidth": 0.7, "zorder": 1}
        panel.axes.plot(rows[x], rows[y], **_style(comparison, str(method)) if method in panel.methods else grey)
