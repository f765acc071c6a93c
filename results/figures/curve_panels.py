"""How curves are drawn: together where they can be told apart, else a panel for each family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from results.figures.looks import Look, by_family
from results.figures.scale import spread, without_far_off
from results.figures.style import COLUMN, FAINT, GREY, INK, PAGE, SMALL

MOST = 12
"""Names that there is room for beside a panel of one family."""

LOGARITHMIC = 10
"""Ratio of the ends of the longest and the shortest line from which on the axis is logarithmic."""

REACHED = 0.97
"""Part of a frame's width that a line has when it is led to its name."""

LABEL = 0.135
"""Height of a name beside the axes, inches."""

LEFT, RIGHT, TOP, BOTTOM = 0.42, 1.45, 0.25, 0.36
"""Margins of a panel, inches; names of methods stand in the one on the right."""


class Line(NamedTuple):
    """A method's mean over the seeds that are done; of a method without any, the run that came furthest.

    ``mean``, ``low`` and ``high`` have what they are drawn against as their index.
    """

    label: str
    family: str
    look: Look
    mean: pd.Series
    low: pd.Series
    high: pd.Series


class Run(NamedTuple):
    """A seed that is not done."""

    look: Look
    values: pd.Series
    lost: bool


class Lines(NamedTuple):
    """What one figure shows: methods, runs that are not done, and methods without any curve."""

    methods: list[Line]
    others: list[Run]
    without: list[str]


def curves_figure(title: str, xlabel: str, ylabel: str, lines: Lines, sign: int) -> Figure:
    """The curves with their names at their ends; ``sign`` makes lower values better.

    More than :data:`results.figures.looks.TOGETHER` have a panel for each family, before the others in grey.
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
        figure.text(0.005, 1 - 0.02 / tall, f"{title}: {ylabel}", va="top", fontweight="bold", fontsize=8)
    figure.text(0.01, 0.02 / tall, note, va="bottom", color=FAINT, linespacing=1.2)
    return figure


def _parts(methods: list[Line]) -> Iterator[tuple[str, list[Line]]]:
    for name, own in by_family(methods, lambda line: line.family).items():
        for first in range(0, max(len(own), 1), MOST):
            yield name, own[first : first + MOST]


def _note(lines: Lines, columns: int) -> str:
    """What the figure's lines are, in lines as long as the figure is wide."""
    words = ["mean over the seeds that are done; band: from the lowest to the highest; one code per example validates"]
    words += ["grey: the methods of the other panels"] if columns > 1 else []
    words += ["thin line: a seed that is not done, with a cross where it is lost"] if lines.others else []
    words += [f"no curve: {', '.join(lines.without)}"] if lines.without else []
    room = 62 if columns == 1 else 132
    return "\n".join(line for sentence in words for line in _wrapped(sentence, room))


def _wrapped(text: str, room: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= room:
            yield line
            line = "   "
        line = f"{line} {word}" if line else word
    yield line


def _panel(axes: Axes, own: list[Line], lines: Lines, sign: int) -> None:
    for line in lines.methods:
        if not any(line is each for each in own):
            axes.plot(line.mean.index, line.mean, color=GREY, linewidth=0.7, zorder=1)
    for index, line in enumerate(own):
        steps, mean = line.mean.index.to_numpy(), line.mean.to_numpy()
        axes.fill_between(steps, line.low, line.high, color=line.look.colour, alpha=0.15, linewidth=0)
        # Markers of different lines start apart, so that lines that run together can be told.
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
    """Limits that show the lines that do not end far off, each from a tenth of its length on."""
    lasts = [line.mean.index.max() for line in lines]
    if max(lasts) > LOGARITHMIC * min(lasts):
        axes.set(xscale="log", xlim=(min(line.mean.index.min() for line in lines), max(lasts)))
    else:
        axes.set(xlim=(0, max(lasts)))
        axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
    ends = without_far_off([sign * line.mean.iloc[-1] for line in lines])
    near = [line for line in lines if sign * line.mean.iloc[-1] <= ends.max()]
    early = [line.mean[line.mean.index >= 0.1 * line.mean.index.max()].iloc[0] for line in near]
    late = [end for line in near for end in (line.low.min(), line.high.max())]
    bottom, top = (min(late), max(early)) if sign > 0 else (min(early), max(late))
    margin = 0.05 * (top - bottom) or 1.0
    axes.set(ylim=(bottom - margin, top + margin))


def _label_ends(axes: Axes, lines: list[Line], sign: int) -> None:
    """Names beside the ends of the lines, moved apart: outside the frame, led to in grey, after a piece of the line."""
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
