"""Figures of all problems: ranks and performance profiles."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from results.common_problems import Grid
from results.comparison import Comparison
from results.figures.looks import TOGETHER, look
from results.figures.style import COLUMN, GREY, PAGE, ROW
from results.scores import BOUND
from results.statistics.across import average_ranks, gaps, performance_profile


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
        axes.text(1.02, row, f"{means[index]:.2f}", transform=axes.get_yaxis_transform(), va="center")
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_yticks(range(len(order)), [comparison.label(grid.methods[index]) for index in order])
    axes.set(ylim=(len(order) - 0.4, -0.6), xlim=(0.6, len(order) + 0.4))
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
