"""Figures with one panel per problem, and per family if there are many methods; legends are next to the panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from results.comparison import Comparison
from results.figures.looks import by_family, family, look
from results.figures.style import ACROSS, PAGE
from results.reading.methods import Problem

PANEL, NAME = 1.75, 0.155
"""Heights of a panel and of a name in the legend, inches."""


class Panel(NamedTuple):
    """A panel for the lines of some methods on one problem; the other methods are drawn in grey.

    ``family`` is the family of the methods, or empty if the panel has all methods; ``first`` and ``last`` say whether
    it is the first or the last panel of its row.
    """

    axes: Axes
    problem: Problem
    family: str
    methods: list[str]
    first: bool
    last: bool


def problem_panels(
    comparison: Comparison, problems: Sequence[Problem], methods: Sequence[str]
) -> tuple[Figure, list[Panel]]:
    """A figure as wide as a page, with titles and legends, and its empty panels; legends list ``methods`` in order."""
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
        for index, axes in enumerate(row):
            if index < len(in_row):
                last = index == len(in_row) - 1
                panels.append(Panel(axes, in_row[index], name, own, index == 0, last))
                _title(panels[-1])
            else:
                axes.set_visible(False)
        handles = [Line2D([], [], label=comparison.label(method), **_style(comparison, method)) for method in own]
        row[len(in_row) - 1].legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure, panels


def _style(comparison: Comparison, method: str) -> dict:
    how = look(comparison.methods[method])
    return {**how.line, **how.mark, "markersize": 3}


def _title(panel: Panel) -> None:
    """Writes the task, and below it data, conditions and family."""
    problem = panel.problem
    details = ", ".join(part for part in (problem.data, problem.conditions, panel.family) if part)
    panel.axes.set_title(problem.task + "\n")
    panel.axes.annotate(details, (0, 1), (0, 4), "axes fraction", "offset points")
