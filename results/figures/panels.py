"""A panel for each problem, and of many methods for each family, with the names of methods beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from results.comparison import Comparison
from results.figures.looks import by_family, family, look
from results.figures.style import PAGE
from results.reading.methods import Problem

BESIDE = 3
"""Panels that are next to each other; more problems continue below."""

PANEL, NAME = 1.75, 0.155
"""Heights of a panel and of a name in the legend, inches."""


class Panel(NamedTuple):
    """Where the lines of some methods on one problem are drawn, before those of the others in grey.

    ``family`` is theirs, or empty where a panel has all methods; ``first`` and ``last`` say where it is in its row.
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
    """A figure as wide as a page, with its panels, titles and legends, in which ``methods`` have their order."""
    columns = min(BESIDE, len(problems))
    rows = [
        (problems[start : start + columns], name, own)
        for start in range(0, len(problems), columns)
        for name, own in by_family(methods, lambda method: family(comparison.methods[method])).items()
    ]
    heights = [max(PANEL, 0.3 + NAME * len(own)) for _, _, own in rows]
    figure = Figure(figsize=(PAGE, sum(heights)), layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False, gridspec_kw={"height_ratios": heights})
    panels = []
    for (those, name, own), row in zip(rows, grid, strict=True):
        for index, axes in enumerate(row):
            if index < len(those):
                last = index == len(those) - 1
                panels.append(Panel(axes, those[index], name, own, index == 0, last))
                _title(panels[-1])
            else:
                axes.set_visible(False)
        handles = [Line2D([], [], label=comparison.label(method), **_drawn(comparison, method)) for method in own]
        row[len(those) - 1].legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure, panels


def _drawn(comparison: Comparison, method: str) -> dict:
    how = look(comparison.methods[method])
    return {**how.line, **how.mark, "markersize": 3}


def _title(panel: Panel) -> None:
    """The task, and below it data, conditions and family; two lines of room for what a figure adds."""
    problem = panel.problem
    told = ", ".join(part for part in (problem.data, problem.conditions, panel.family) if part)
    panel.axes.set_title(problem.task + "\n")
    panel.axes.annotate(told, (0, 1), (0, 4), "axes fraction", "offset points")
