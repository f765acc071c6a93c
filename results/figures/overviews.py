"""Figures of all problems at once: ranks, performance profiles and what became of the cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from results.common_problems import Grid
from results.comparison import BOUND, Comparison
from results.figures.style import BLUE, FAINT, GREEN, INK, ORANGE, SKY, VERMILION, VIOLET, WINE, look
from results.reading.labels import Label
from results.reading.statuses import LETTERS
from results.statistics.across import average_ranks, gaps, performance_profile

ROW = 0.27
"""Height of a row, inches."""

COLOURS = {
    "done": GREEN,
    "diverged": VERMILION,
    "failed": WINE,
    "crashed": VIOLET,
    "timeout": ORANGE,
    "skipped": FAINT,
    "interrupted": SKY,
    "running": BLUE,
    "missing": "#FFFFFF",
    "superseded": FAINT,
}
"""Of the statuses; letters tell them without colours."""


def statuses(cells: pd.DataFrame, label: Label = str) -> Figure:
    """A square for every cell, estimators by problems."""
    problems = cells[["task", "data"]].fillna("?").agg("\n".join, axis=1)
    names = cells["estimator"].fillna("?")
    rows, columns = sorted(names.unique()), list(dict.fromkeys(problems))
    widths = [max(1, int(cells[problems == column].groupby(names).size().max())) for column in columns]
    figure = Figure(figsize=(min(12.0, 2.4 + 0.28 * sum(widths) + 0.9 * len(columns)), ROW * len(rows) + 1.2))
    axes = figure.subplots()
    left, ticks = 0.0, []
    for column, width in zip(columns, widths, strict=True):
        for row, name in enumerate(rows):
            of_entry = cells.loc[(problems == column) & (names == name), "status"]
            for place, status in enumerate(of_entry):
                _square(axes, left + place, row, str(status))
        # The name of a problem wants some room, however few cells it has.
        ticks.append(left + width / 2)
        left += max(width, 5) + 1
    axes.set(xlim=(-0.3, left - 0.7), ylim=(len(rows) - 0.4, -0.6))
    axes.set_xticks(ticks, columns)
    axes.set_yticks(range(len(rows)), list(map(label, rows)))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    found = [status for status in LETTERS if (cells["status"] == status).any()]
    words = "     ".join(f"{LETTERS[status]} {status}" for status in found)
    axes.annotate(words, (0, 0), (0, -10), "axes fraction", "offset points", va="top", fontsize=8.5)
    return figure


def _square(axes: Axes, left: float, row: int, status: str) -> None:
    colour = COLOURS.get(status, WINE)
    axes.bar(left + 0.5, 0.8, width=0.88, bottom=row - 0.4, color=colour, alpha=0.55, edgecolor=INK, linewidth=0.3)
    axes.text(left + 0.5, row, LETTERS.get(status, "?"), ha="center", va="center_baseline", fontsize=7)


def ranks(grid: Grid, comparison: Comparison) -> Figure:
    """Mean rank over seeds on every problem, small, and over all of them, large with its number; the best on top."""
    means = average_ranks(grid.scores)
    each = np.array([average_ranks(grid.scores[:, [index]]) for index in range(grid.scores.shape[1])])
    order = np.argsort(means, kind="stable")
    figure = Figure(figsize=(8, ROW * len(order) + 1.2), layout="constrained")
    axes = figure.subplots()
    for row, index in enumerate(order):
        how = look(comparison.methods[grid.methods[index]])
        axes.plot([each[:, index].min(), each[:, index].max()], [row, row], color=how.colour, linewidth=0.8, alpha=0.6)
        axes.plot(each[:, index], np.full(len(each), row), linestyle="none", markersize=3.5, alpha=0.6, **how.mark)
        axes.plot(means[index], row, markersize=9, zorder=3, **how.mark)
        axes.text(1.01, row, f"{means[index]:.2f}", transform=axes.get_yaxis_transform(), va="center", fontsize=8.5)
    axes.set_yticks(range(len(order)), [comparison.label(grid.methods[index]) for index in order])
    axes.set(ylim=(len(order) - 0.4, -0.6), xlim=(0.8, len(order) + 0.2))
    axes.set_xlabel(
        f"rank among {len(order)} methods by {_in_words(grid)}, 1 the best; a lost seed has the last\n"
        f"small: mean over {len(grid.seeds)} common seeds of a problem; large: over {len(grid.problems)} problems"
    )
    axes.tick_params(axis="y", length=0)
    return figure


def profiles(grid: Grid, comparison: Comparison) -> Figure:
    """Share of problems and seeds on which a method is within so much of the best; the best first in the legend."""
    found = gaps(grid.scores)
    known = found[np.isfinite(found) & (found > 0)]
    # Gaps are told apart from 0 up to the largest; nothing is divided by it, so a method far off hides nobody.
    low, high = (known.min(), known.max()) if len(known) else (0.1, 1.0)
    tolerances = np.concatenate([[0.0], np.geomspace(low, high * 1.0001, 400)])
    shares = np.array([performance_profile(found[index], tolerances) for index in range(len(grid.methods))])
    figure = Figure(figsize=(8, max(4.0, 1.0 + 0.18 * len(grid.methods))), layout="constrained")
    axes = figure.subplots()
    positions = np.concatenate([[low / 2], tolerances[1:]])
    for index in np.argsort(-shares.mean(axis=1), kind="stable"):
        how = look(comparison.methods[grid.methods[index]])
        label = comparison.label(grid.methods[index])
        (line,) = axes.step(positions, shares[index], where="post", label=label, **how.line, **how.mark)
        line.set_markevery((int(index) % 40, 40))
    unit = " (nats)" if grid.score.startswith("negative_") else ""
    axes.set(xscale="log", xlim=(low / 2, high * 1.02), ylim=(0, 1.02))
    axes.set(xlabel=f"gap to the best {_in_words(grid)} of a problem and seed{unit}; the left edge is a gap of 0")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylabel("share of problems and seeds within it")
    figure.legend(loc="outside right upper", frameon=False, fontsize=8.5)
    return figure


def _in_words(grid: Grid) -> str:
    return "test bound" if grid.score == BOUND else f"test {grid.score.replace('_', ' ')}"
