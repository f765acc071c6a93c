"""One row a method, one panel a problem: the final bounds and the speed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from results.comparison import Comparison
from results.scale import without_far_off
from results.style import FAINT, INK, Look, look
from results.table import counts, done, speed_in_words

ROW = 0.27
"""Height of a row, inches."""


def bounds(comparison: Comparison) -> Figure:
    """Test bounds: a mark a seed, and the mean with its 95% t-interval where there are two seeds or more."""
    label = "negative bound on the test set (nats)"
    figure, panels = _panels(comparison, f"{label}\nmark: a seed; bar: mean and its 95% t-interval over seeds")
    for problem, axes in zip(comparison.problems, panels, strict=True):
        cells = comparison.on(problem)
        rows = _values(axes, comparison, cells, "negative_bound")
        near = without_far_off([values.mean() for _, values, _ in rows]).max(initial=-np.inf)
        for row, values, how in rows:
            if values.mean() <= near:
                _interval(axes, row, values, how)
            else:
                _words(axes, row, 0.99, f"{values.mean():.1f} →", ha="right", color=INK)
        axes.margins(x=0.06)
        _title(axes, *problem.heading)
    return figure


def speeds(comparison: Comparison) -> Figure:
    """Steps per second: a mark a seed and a bar to the median."""
    figure, panels = _panels(comparison, f"training speed (steps/s){_machine(comparison.cells)}")
    for problem, axes in zip(comparison.problems, panels, strict=True):
        for row, values, how in _values(axes, comparison, comparison.on(problem), "steps_per_second"):
            median = float(np.median(values))
            axes.barh(row, median, height=0.6, color=how.colour, alpha=0.35)
            axes.plot(values, np.full(len(values), row), **how.mark, markersize=4, linestyle="none")
            words = f"  {speed_in_words(median)}"
            axes.text(max(values.max(), median), row, words, va="center_baseline", fontsize=8.5)
        axes.set_xlim(left=0, right=axes.get_xlim()[1] * 1.15)
        axes.grid(axis="y", visible=False)
        _title(axes, problem.task, problem.data)
    return figure


def _panels(comparison: Comparison, label: str) -> tuple[Figure, list[Axes]]:
    methods, count = len(comparison.methods), len(comparison.problems)
    figure = Figure(figsize=(max(8.0, 2.4 * count), ROW * methods + 1.3), layout="constrained")
    panels = list(figure.subplots(1, count, sharey=True, squeeze=False)[0])
    panels[0].set_yticks(range(methods), list(comparison.methods.index))
    panels[0].set_ylim(methods - 0.4, -0.6)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(5))
    figure.supxlabel(label, fontsize=9, color=INK)
    return figure, panels


def _title(axes: Axes, task: str, *rest: str) -> None:
    axes.set_title(task + "\n" * len(rest))
    axes.annotate("\n".join(rest), (0, 1), (0, 6), "axes fraction", "offset points", fontsize=9)


def _values(axes: Axes, comparison: Comparison, cells: pd.DataFrame, column: str) -> list[tuple[int, np.ndarray, Look]]:
    """Row, finite values and look of each method; where there are no values, the row says what became of the cells."""
    rows = []
    for row, (method, estimator) in enumerate(comparison.methods["estimator"].items()):
        of_method = cells[cells["method"] == method]
        values = done(of_method)[column].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        if len(values):
            rows.append((row, values, look(estimator)))
        else:
            _words(axes, row, 0.02, counts(of_method["status"]) if len(of_method) else "no cells", color=FAINT)
    return rows


def _words(axes: Axes, row: int, x: float, words: str, *, color: str, ha: str = "left") -> None:
    transform = axes.get_yaxis_transform()
    axes.text(x, row, words, transform=transform, ha=ha, va="center_baseline", fontsize=8.5, color=color)


def _interval(axes: Axes, row: int, values: np.ndarray, how: Look) -> None:
    n, mean = len(values), values.mean()
    half = stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n) if n > 1 else 0.0
    axes.plot([mean - half, mean + half], [row, row], color=how.colour, linewidth=1.3, solid_capstyle="butt")
    axes.plot([mean, mean], [row - 0.32, row + 0.32], color=how.colour, linewidth=2, solid_capstyle="butt")
    # A white edge keeps filled marks apart where seeds nearly coincide.
    mark: dict[str, Any] = how.mark | ({"markeredgecolor": "white", "markeredgewidth": 0.5} if how.filled else {})
    axes.plot(values, np.full(n, row), linestyle="none", zorder=3, markersize=6.5, **mark)


def _machine(cells: pd.DataFrame) -> str:
    """``" on cpu, 1 thread"``: speeds say nothing without it."""
    if not {"device", "threads"} <= set(cells):
        return ""
    kinds = cells[["device", "threads"]].dropna().drop_duplicates().itertuples(index=False)
    words = sorted(f"{device}, {threads} thread{'' if threads == 1 else 's'}" for device, threads in kinds)
    return f" on {'; '.join(words)}" if words else ""
