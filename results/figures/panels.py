"""Figures with one column per problem, and one row per family if there are many methods, each with a legend."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from results.comparison import Comparison
from results.figures.looks import by_family, family, look
from results.figures.style import GREY, PAGE
from results.ranking import ranked
from results.reading.methods import Problem

ACROSS = 4
"""The maximum number of problems next to each other."""

PANEL, NAME = 1.4, 0.155
"""Heights of a panel and of a name in the legend, inches."""


class Panel(NamedTuple):
    """A panel for the lines of some methods on one problem; the other methods are drawn in grey.

    Attributes:
        rows: those of the problem.
        first: whether it is the first panel of its row.
        lowest: whether no panel of the same problem is below it.
    """

    axes: Axes
    problem: Problem
    methods: list[str]
    rows: pd.DataFrame
    first: bool
    lowest: bool


def problem_panels(comparison: Comparison, found: pd.DataFrame, x: str, y: str) -> tuple[Figure, list[Panel]]:
    """A figure as wide as a page, with titles, legends, and a line for each method.

    Args:
        comparison: the comparison that the rows belong to.
        found: rows about methods on problems.
        x, y: the columns to draw.
    """
    problems = [problem for problem in comparison.problems if problem.is_of(found).any()]
    methods = [method for method in ranked(comparison) if (found["method"] == method).any()]
    columns = -(-len(problems) // -(-len(problems) // ACROSS))
    families = by_family(methods, lambda method: family(comparison.methods[method]))
    rows = [(start, name) for start in range(0, len(problems), columns) for name in families]
    heights = [max(PANEL, NAME * (len(families[name]) + 1)) for _, name in rows]
    figure = Figure(figsize=(PAGE, sum(heights) + 0.4 * len(rows) / len(families)), layout="constrained")
    ratios = {"height_ratios": heights, "width_ratios": [1.0] * columns + [0.01]}
    grid = figure.subplots(len(rows), columns + 1, squeeze=False, gridspec_kw=ratios)
    panels = []
    for (start, name), row in zip(rows, grid, strict=True):
        own = families[name]
        for column, (problem, axes) in enumerate(zip(problems[start : start + columns], row, strict=False)):
            lowest = name == list(families)[-1]
            panels.append(Panel(axes, problem, own, found[problem.is_of(found)], column == 0, lowest))
            if name == next(iter(families)):
                axes.set_title(f"{problem.task}\n")
                axes.annotate(problem.on, (0, 1), (0, 4), "axes fraction", "offset points")
            _lines(panels[-1], comparison, x, y)
        for empty in row[len(problems) - start :]:
            empty.set_axis_off()
        handles = [Line2D([], [], label=comparison.label(method), **_style(comparison, method)) for method in own]
        row[-1].legend(handles=handles, title=name, alignment="left", loc="center left", borderpad=0)
        row[-1].set_axis_off()
    return figure, panels


def _style(comparison: Comparison, method: str) -> dict[str, Any]:
    how = look(comparison.methods[method])
    return {**how.line, **how.mark, "markersize": 3}


def _lines(panel: Panel, comparison: Comparison, x: str, y: str) -> None:
    for method, rows in panel.rows.groupby("method", sort=False):
        grey = {"color": GREY, "linewidth": 0.7, "zorder": 1}
        panel.axes.plot(rows[x], rows[y], **_style(comparison, str(method)) if method in panel.methods else grey)
