"""Figures of all problems: the cells' statuses, ranks and performance profiles."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from results.common_problems import Grid
from results.comparison import BOUND, Comparison
from results.figures.looks import BLUE, GREEN, ORANGE, SKY, TOGETHER, VERMILION, VIOLET, WINE, look
from results.figures.style import COLUMN, FAINT, GREY, INK, PAGE, ROW
from results.reading.labels import Label
from results.reading.statuses import LETTERS
from results.statistics.across import average_ranks, gaps, performance_profile

SQUARES, ROOM = 34, 7
"""The number of squares that fit in a row, and the width of a problem's name in squares."""

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
"""Colours of the statuses, which also have letters."""


def statuses(cells: pd.DataFrame, label: Label = str) -> Figure:
    """One square per cell, estimators by problems; for many cells one bar per status, with the number of cells."""
    problems = cells[["task", "data"]].fillna("?").agg("\n".join, axis=1)
    names = cells["estimator"].fillna("?")
    rows = sorted(names.unique(), key=lambda name: (label(name).casefold(), name))
    columns = list(dict.fromkeys(problems))
    widths = [max(1, int(cells[problems == column].groupby(names).size().max())) for column in columns]
    # A problem is at least as wide as its name.
    few = sum(max(width, ROOM) + 1 for width in widths) <= SQUARES
    rooms = [max(width, ROOM) if few else SQUARES / len(columns) - 1 for width in widths]
    narrow = sum(rooms) + len(rooms) <= SQUARES / 2
    figure = Figure(figsize=(COLUMN if narrow else PAGE, ROW * len(rows) + 0.8), layout="constrained")
    axes = figure.subplots()
    left, ticks = 0.0, []
    for column, width, room in zip(columns, widths, rooms, strict=True):
        for row, name in enumerate(rows):
            of_entry = cells.loc[(problems == column) & (names == name), "status"]
            if few:
                for place, status in enumerate(of_entry):
                    _square(axes, left + place, row, str(status), 1, LETTERS.get(str(status), "?"))
            else:
                _bars(axes, left, row, of_entry, 0.85 * room / width)
        ticks.append(left)
        left += room + 1
    axes.set(xlim=(-0.3, SQUARES / 2 if narrow else SQUARES), ylim=(len(rows) - 0.4, -0.6))
    axes.set_xticks(ticks, columns, ha="left")
    axes.set_yticks(range(len(rows)), list(map(label, rows)))
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    occurring = [status for status in LETTERS if (cells["status"] == status).any()]
    axes.set_xlabel("     ".join(f"{LETTERS[status]} {status}" for status in occurring), loc="left")
    return figure


def _bars(axes: Axes, left: float, row: int, statuses: pd.Series, unit: float) -> None:
    """Draws one bar per status, of the number of its cells times ``unit`` in length."""
    for status, count in statuses.value_counts().reindex([*LETTERS], fill_value=0).items():
        if count:
            letter = LETTERS[str(status)]
            text = f"{count} {letter}" if count * unit > len(f"{count} {letter}") * 0.6 else letter
            _square(axes, left, row, str(status), count * unit, text)
            left += count * unit


def _square(axes: Axes, left: float, row: int, status: str, width: float, text: str) -> None:
    colour, edge = COLOURS.get(status, WINE), {"edgecolor": INK, "linewidth": 0.3}
    axes.bar(left + width / 2, 0.8, width=0.88 * width, bottom=row - 0.4, color=colour, alpha=0.55, **edge)
    axes.text(left + width / 2, row, text, ha="center", va="center_baseline", clip_on=True)


def ranks(grid: Grid, comparison: Comparison) -> Figure:
    """Mean rank on each problem as a small mark, mean rank over all problems as a large one; the best method on top."""
    means = average_ranks(grid.scores)
    each = np.array([average_ranks(grid.scores[:, [index]]) for index in range(grid.scores.shape[1])])
    order = np.argsort(means, kind="stable")
    figure = Figure(figsize=(COLUMN, ROW * len(order) + 0.7), layout="constrained")
    axes = figure.subplots()
    for row, index in enumerate(order):
        how = look(comparison.methods[grid.methods[index]])
        axes.plot([each[:, index].min(), each[:, index].max()], [row, row], color=how.colour, linewidth=0.8, alpha=0.6)
        axes.plot(each[:, index], np.full(len(each), row), linestyle="none", markersize=2.5, alpha=0.6, **how.mark)
        axes.plot(means[index], row, markersize=6, zorder=3, **how.mark)
        axes.text(1.01, row, f"{means[index]:.2f}", transform=axes.get_yaxis_transform(), va="center")
    axes.set_yticks(range(len(order)), [comparison.label(grid.methods[index]) for index in order])
    axes.set(ylim=(len(order) - 0.4, -0.6), xlim=(0.8, len(order) + 0.2))
    axes.set_xlabel(
        f"rank among {len(order)} methods by {_in_words(grid)}, 1 is best;\n"
        f"a lost seed ranks last. Small: mean over {len(grid.seeds)} common\n"
        f"seeds of a problem; large: mean over {len(grid.problems)} problems"
    )
    axes.tick_params(axis="y", length=0)
    return figure


def profiles(grid: Grid, comparison: Comparison) -> Figure:
    """Fraction of problems and seeds on which a method's gap to the best score is at most x; the best method first."""
    found = gaps(grid.scores)
    known = found[np.isfinite(found) & (found > 0)]
    # The axis is logarithmic, so that a method far off does not hide the differences between the others.
    low, high = (known.min(), known.max()) if len(known) else (0.1, 1.0)
    tolerances = np.concatenate([[0.0], np.geomspace(low, high * 1.0001, 400)])
    shares = np.array([performance_profile(found[index], tolerances) for index in range(len(grid.methods))])
    figure = Figure(figsize=(PAGE, max(2.6, 0.6 + 0.15 * min(len(grid.methods), TOGETHER + 1))), layout="constrained")
    axes = figure.subplots()
    positions = np.concatenate([[low / 2], tolerances[1:]])
    for place, index in enumerate(np.argsort(-shares.mean(axis=1), kind="stable")):
        how = look(comparison.methods[grid.methods[index]])
        drawn = {**how.line, **how.mark} if place < TOGETHER else {"color": GREY, "linewidth": 0.8, "zorder": 1}
        label = comparison.label(grid.methods[index]) if place < TOGETHER else None
        (line,) = axes.step(positions, shares[index], where="post", label=label, **drawn)
        line.set_markevery((4 * place % 40, 40))
    if len(grid.methods) > TOGETHER:
        axes.plot([], [], color=GREY, linewidth=0.8, label=f"{len(grid.methods) - TOGETHER} others")
    unit = " (nats)" if grid.score.startswith("negative_") else ""
    axes.set(xscale="log", xlim=(low / 2, high * 1.02), ylim=(0, 1.02))
    axes.set(xlabel=f"gap to the best {_in_words(grid)} on a problem and seed{unit};\nthe left edge is a gap of 0")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylabel("fraction of problems and seeds")
    figure.legend(loc="outside right upper")
    return figure


def _in_words(grid: Grid) -> str:
    return "test bound" if grid.score == BOUND else f"test {grid.score.replace('_', ' ')}"
