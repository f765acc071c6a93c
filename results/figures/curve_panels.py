"""Panels of curves: one panel for a few methods, one panel per family for many."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FuncFormatter, LogLocator, NullFormatter

from results.figures.looks import Look, by_family
from results.figures.scale import round_numbers, spread, without_far_off
from results.figures.style import COLUMN, FAINT, GREY, INK, PAGE, SMALL

MOST = 12
"""The maximum number of names next to one panel."""

LOGARITHMIC = 10
"""The x axis is logarithmic if the longest line is more than this many times as long as the shortest."""

BEGINNING = 0.75
"""The largest part of a panel's height for values that no line has in the second half of its length."""

REACHED = 0.97
"""A line that ends beyond this fraction of the panel's width is connected to its name by a leader line."""

LABEL = 0.135
"""Height of a name next to the axes, inches."""

LEFT, RIGHT, TOP, BOTTOM = 0.42, 1.45, 0.25, 0.36
"""Margins of a panel, inches; the names of methods are in the right one."""


class Line(NamedTuple):
    """A method's mean over its finished seeds; if none has finished, its longest run.

    The index of ``mean``, ``low`` and ``high`` is the position on the x axis.
    """

    label: str
    family: str
    look: Look
    mean: pd.Series
    low: pd.Series
    high: pd.Series


class Run(NamedTuple):
    """A seed that has not finished."""

    look: Look
    values: pd.Series
    lost: bool


class Lines(NamedTuple):
    """The content of one figure: methods, unfinished runs, and the names of methods without any curve."""

    methods: list[Line]
    others: list[Run]
    without: list[str]


def curves_figure(title: str, xlabel: str, ylabel: str, lines: Lines, sign: int) -> Figure:
    """The curves, each labelled at its end.

    More than :data:`results.figures.looks.TOGETHER` methods are split into one panel per family, with the methods of
    the other families in grey.

    Args:
        title: what the runs have in common.
        xlabel, ylabel: labels of the axes.
        lines: the curves.
        sign: 1 if lower values are better, -1 if higher values are better.
    """
    parts = list(_parts(lines.methods))
    columns = 1 if len(parts) == 1 else 2
    rows, width = -(-len(parts) // columns), (COLUMN if len(parts) == 1 else PAGE)
    most = max(len(own) for _, own in parts)
    height = TOP + BOTTOM + max(1.9 if columns == 1 else 1.45, LABEL * most)
    note = _note(lines, columns)
    below = 0.04 + 0.12 * len(note.splitlines())
    figure = Figure(figsize=(width, 0.2 * (columns > 1) + rows * height + below))
    tall = figure.get_figheight()
    for index, (name, own) in enumerate(parts):
        left = width / columns * (index % columns) + LEFT
        bottom = below + (rows - 1 - index // columns) * height + BOTTOM
        size = (width / columns - LEFT - RIGHT, height - TOP - BOTTOM)
        axes = figure.add_axes((left / width, bottom / tall, size[0] / width, size[1] / tall))
        _panel(axes, own, lines, sign)
        axes.set_xlabel(xlabel)
        axes.set_ylabel(ylabel if columns == 1 else "")
        axes.set_title(name or title, x=-LEFT / size[0])
    if columns > 1:
        figure.text(0, 1 - 0.02 / tall, f"{title}: {ylabel}", va="top", fontweight="bold", fontsize=8)
    figure.text(0, 0.02 / tall, note, va="bottom", color=FAINT, linespacing=1.2)
    return figure


def _parts(methods: list[Line]) -> Iterator[tuple[str, list[Line]]]:
    for name, own in by_family(methods, lambda line: line.family).items():
        for first in range(0, max(len(own), 1), MOST):
            yield name, own[first : first + MOST]


def _note(lines: Lines, columns: int) -> str:
    """The legend below the panels, wrapped to the width of the figure."""
    sentences = ["mean over finished seeds; band: lowest to highest seed"]
    sentences += ["grey: methods of the other panels"] if columns > 1 else []
    sentences += ["thin line: an unfinished seed; cross: a lost one"] if lines.others else []
    sentences += [f"no curve: {', '.join(lines.without)}"] if lines.without else []
    width = 62 if columns == 1 else 132
    return "\n".join(textwrap.fill(text, width, subsequent_indent="    ") for text in sentences)


def _panel(axes: Axes, own: list[Line], lines: Lines, sign: int) -> None:
    for line in lines.methods:
        if not any(line is each for each in own):
            axes.plot(line.mean.index, line.mean, color=GREY, linewidth=0.7, zorder=1)
    for index, line in enumerate(own):
        steps, mean = line.mean.index.to_numpy(), line.mean.to_numpy()
        axes.fill_between(steps, line.low, line.high, color=line.look.colour, alpha=0.15, linewidth=0)
        # Markers of different lines are at different steps, so that lines that coincide can be distinguished.
        every = max(1, len(steps) // 4)
        axes.plot(steps, mean, **line.look.line, **line.look.mark, markevery=(index % every, every))
    colours = {line.look.colour for line in own}
    for run in (run for run in lines.others if len(own) == len(lines.methods) or run.look.colour in colours):
        axes.plot(run.values.index, run.values, color=run.look.colour, linewidth=0.6)
        if run.lost:
            end = run.values.iloc[-1:]
            axes.plot(end.index, end, color=run.look.colour, marker="x", markersize=6, markeredgewidth=1.4)
    _frame(axes, lines.methods, sign)
    _label_ends(axes, own, sign)


def _frame(axes: Axes, lines: list[Line], sign: int) -> None:
    """Sets limits that show every line, except outliers, from a tenth of its length on.

    Where values that all lines have left behind would take more than :data:`BEGINNING` of the height, they are cut.
    """
    lasts = [line.mean.index.max() for line in lines]
    if max(lasts) > LOGARITHMIC * min(lasts):
        first = min(line.mean.index.min() for line in lines)
        axes.set(xscale="log", xlim=(first, 1.05 * max(lasts)))
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if max(lasts) < 100 * first else (1,), numticks=4))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set(xlim=(0, 1.02 * max(lasts)))
        axes.xaxis.set_major_locator(round_numbers(3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}" if x < 1e5 else EngFormatter(sep="")(x)))
    ends = without_far_off([sign * line.mean.iloc[-1] for line in lines])
    near = [line for line in lines if sign * line.mean.iloc[-1] <= ends.max()]
    best = min((sign * (line.low if sign > 0 else line.high)).min() for line in near)
    early, late = (max((sign * _from(line, part)).max() for line in near) for part in (0.1, 0.5))
    worst = min(early, best + (late - best) / (1 - BEGINNING)) if late > best else early
    margin = 0.05 * (worst - best) or 1.0
    axes.set(ylim=sorted((sign * (best - margin), sign * (worst + margin))))


def _from(line: Line, part: float) -> pd.Series:
    """The mean from a part of the line's length on."""
    return line.mean[line.mean.index >= part * line.mean.index.max()]


def _label_ends(axes: Axes, lines: list[Line], sign: int) -> None:
    """Writes the names next to the ends of the lines, without overlap, each after a sample of its line.

    The names are outside the axes. A grey leader line connects a name to a line that reaches the right edge.
    """
    figure = axes.get_figure()
    assert isinstance(figure, Figure)
    place = axes.get_position()
    width, height = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
    lead, piece = 1 + 0.1 / width, 1 + 0.37 / width
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = np.array([to_axes.transform((line.mean.index[-1], line.mean.iloc[-1]))[1] for line in lines])
    heights = spread(ends.clip(0, 1), LABEL / height, low=0.0, high=1.0)
    for line, y, at in zip(lines, ends, heights, strict=True):
        outside = {"transform": axes.transAxes, "clip_on": False}
        if to_axes.transform((line.mean.index[-1], 0))[0] > REACHED:
            axes.plot([1, lead], [min(max(y, 0.0), 1.0), at], color=FAINT, linewidth=0.4, linestyle=":", **outside)
        axes.plot(
            [lead, (lead + piece) / 2, piece], [at] * 3, **line.look.line, **line.look.mark, markevery=[1], **outside
        )
        end = f"{line.mean.iloc[-1]:.0f}" if sign > 0 else f"{line.mean.iloc[-1]:.2f}"
        words = f"{line.label} {'↑' if y > 1 else '↓'} {end}" if not 0 <= y <= 1 else line.label
        axes.text(piece + 0.04 / width, at, words, va="center_baseline", fontsize=SMALL, color=INK, **outside)
