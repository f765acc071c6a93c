"""Final scores and speed: one row per method, one panel per score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from results.comparison import Comparison
from results.figures.looks import Look, look
from results.figures.scale import round_numbers, without_far_off
from results.figures.style import ACROSS, COLUMN, FAINT, INK, MARKED, PAGE, ROW, SMALL
from results.ranking import ranked
from results.reading.methods import Problem
from results.reading.statuses import DONE
from results.scores import Entry, Quantity
from results.writing.tables import speed_in_words

BOUNDS_LEGEND = """\
dots: seeds; black: mean and 95 % t-interval; shaded: the best
and methods not significantly different from it"""


def bounds(comparison: Comparison) -> Figure:
    """Test scores by which methods are compared: one mark per seed, and their mean with its 95 % t-interval.

    One seed has no interval.
    """
    quantities = [quantity for quantity in comparison.quantities if not quantity.describes]
    methods = ranked(comparison)
    higher = ", ".join(dict.fromkeys(quantity.name for quantity in quantities if quantity.sign < 0))
    direction = f"lower is better{f', except for {higher}' if higher else ''}"
    figure, panels = _panels(comparison, len(quantities), f"{BOUNDS_LEGEND};\n{direction}")
    for quantity, axes in zip(quantities, panels, strict=True):
        scored, sign = comparison.scored(quantity), quantity.sign
        near = without_far_off([sign * entry.mean for entry in scored.values()]).max(initial=-np.inf)
        for row, method in enumerate(methods):
            entry = comparison.entry(method, quantity)
            if entry is None or method not in scored:
                _text(axes, row, 0.02, "no cells" if entry is None else entry.statuses, color=FAINT)
            elif sign * entry.mean <= near:
                _interval(axes, row, entry, look(comparison.methods[method]))
            else:
                arrow = f"{entry.mean:.{quantity.decimals - 1}f} →" if sign > 0 else f"← {entry.mean:.2f}"
                _text(axes, row, 0.99 if sign > 0 else 0.01, arrow, ha="right" if sign > 0 else "left", color=INK)
            if entry is not None and entry.mark:
                axes.axhspan(row - 0.5, row + 0.5, color=MARKED, linewidth=0, zorder=0)
        _frame(axes, [entry for entry in scored.values() if sign * entry.mean <= near])
        axes.xaxis.set_major_locator(round_numbers(5 if quantity.is_bound else 3) if scored else NullLocator())
        problem = quantity.problem
        unit = f"{quantity.name} ({quantity.unit})" if quantity.unit else quantity.name
        _title(axes, problem.task, problem.on, unit)
    return figure


def speeds(comparison: Comparison) -> Figure:
    """Steps per second of the chosen settings: one mark per seed, and a bar for the median."""
    trainings = comparison.trainings
    figure, panels = _panels(comparison, len(trainings), f"training speed (steps/s){_machine(comparison.cells)}")
    for choices, axes in zip(trainings.values(), panels, strict=True):
        cells = {choice.method: choice.chosen for choice in choices}
        for row, method in enumerate(ranked(comparison)):
            values = _finite(cells.get(method), "steps_per_second")
            if not len(values):
                _text(axes, row, 0.02, _without_speed(comparison, method, choices[0].problem), color=FAINT)
                continue
            how, median = look(comparison.methods[method]), float(np.median(values))
            axes.barh(row, median, height=0.6, color=how.colour, alpha=0.35)
            axes.plot(values, np.full(len(values), row), **how.mark, markersize=3, linestyle="none")
            axes.text(max(values.max(), median), row, f"  {speed_in_words(median)}", va="center_baseline")
        axes.set_xlim(left=0, right=axes.get_xlim()[1] * 1.2)
        axes.grid(axis="y", visible=False)
        _title(axes, choices[0].problem.task, choices[0].problem.on)
    return figure


def _without_speed(comparison: Comparison, method: str, problem: Problem) -> str:
    entry = comparison.entry(method, Quantity(problem))
    if entry is None:
        return "no cells"
    return "no speed recorded" if len(entry.values) else entry.statuses


def _frame(axes: Axes, entries: Sequence[Entry]) -> None:
    """Sets limits that show all seeds, but cuts intervals that are much wider, as those of two seeds are."""
    if not entries:
        return
    values = np.concatenate([entry.values for entry in entries])
    span = float(np.ptp(values)) or max(1e-3, 0.001 * abs(float(values[0])))
    ends = [end for entry in entries for end in entry.interval[1:] if not np.isnan(end)]
    low = max(min([values.min(), *ends]), values.min() - span)
    high = min(max([values.max(), *ends]), values.max() + span)
    axes.set_xlim(low - 0.06 * (high - low or span), high + 0.06 * (high - low or span))


def _finite(cells: pd.DataFrame | None, column: str) -> np.ndarray:
    if cells is None:
        return np.empty(0)
    values = cells.loc[cells["status"] == DONE, column].to_numpy(dtype=float)
    return values[np.isfinite(values)]


def _panels(comparison: Comparison, count: int, label: str) -> tuple[Figure, Sequence[Axes]]:
    """A figure with ``count`` panels that share their rows: one column wide for one panel, else one page wide."""
    methods, rows = ranked(comparison), -(-count // ACROSS)
    columns = -(-count // rows)
    lines = 1 + label.count("\n")
    size = (COLUMN if columns == 1 else PAGE, rows * (ROW * len(methods) + 0.65) + 0.3 + 0.1 * lines)
    figure = Figure(figsize=size, layout="constrained")
    panels = list(figure.subplots(rows, columns, sharey=True, squeeze=False).flat)
    for empty in panels[count:]:
        empty.set_visible(False)
    del panels[count:]
    panels[0].set_yticks(range(len(methods)), [comparison.label(method) for method in methods])
    panels[0].set_ylim(len(methods) - 0.4, -0.6)
    for axes in panels:
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(round_numbers(4))
    figure.supxlabel(label, fontsize=SMALL, color=INK)
    return figure, panels


def _title(axes: Axes, task: str, *rest: str) -> None:
    axes.set_title(task + "\n" * len(rest))
    axes.annotate("\n".join(rest), (0, 1), (0, 4), "axes fraction", "offset points", linespacing=1.3)


def _text(axes: Axes, row: int, x: float, text: str, *, color: str, ha: str = "left") -> None:
    axes.text(x, row, text, transform=axes.get_yaxis_transform(), ha=ha, va="center_baseline", color=color)


def _interval(axes: Axes, row: int, entry: Entry, how: Look) -> None:
    """Draws the seeds, and over them the mean and its interval as thin black lines that do not hide them."""
    mean, low, high = entry.interval
    axes.plot([mean, mean], [row - 0.36, row + 0.36], color=INK, linewidth=1.2, solid_capstyle="butt", zorder=4)
    if not np.isnan(low):
        axes.errorbar([mean], [row], xerr=[[mean - low], [high - mean]], color=INK, linewidth=0.8, capsize=2, zorder=4)
    seeds = np.full(len(entry.values), row)
    axes.plot(entry.values, seeds, "o", color=how.colour, alpha=0.6, markersize=4.5, markeredgewidth=0, zorder=3)
    if entry.lost or not entry.compared:
        axes.text(entry.values.max(), row, "  †" if entry.lost else "  ‡", va="center", color=INK)


def _machine(cells: pd.DataFrame) -> str:
    """The devices that the speeds were measured on, such as ``" on CPU, 1 thread"``."""
    if not {"device", "threads"} <= set(cells):
        return ""
    kinds = cells[["device", "threads"]].dropna().drop_duplicates().itertuples(index=False)
    devices = sorted(
        f"{str(device).upper()}, {threads} thread{'' if threads == 1 else 's'}" for device, threads in kinds
    )
    return f" on {'; '.join(devices)}" if devices else ""
