"""Saving figures, and their names."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter

from runners.cells.files import replacing

FORMATS = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""File types, and the metadata to leave out so that the same cells give the same bytes."""


def draw(figures: Iterable[tuple[str, Figure]], folder: Path) -> list[Path]:
    """Saves figures by name in the folder's subfolder ``figures``, one at a time; returns the paths of the files."""
    paths = []
    for name, figure in figures:
        keep_text(figure)
        for suffix, metadata in FORMATS.items():
            paths.append(folder / "figures" / f"{name}.{suffix}")
            paths[-1].parent.mkdir(exist_ok=True)
            with replacing(paths[-1]) as path, warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Glyph")  # names may contain characters the font lacks
                figure.savefig(path, metadata=metadata, bbox_inches="tight", pad_inches=0.08)
    return paths


def keep_text(figure: Figure) -> None:
    """Turns off math mode for all text except the numbers along the axes, since names may contain ``$``."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # type: ignore[attr-defined]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _parse_numbers(axis)


def _parse_numbers(axis: Axis) -> None:
    formatters = (axis.get_major_formatter(), axis.get_minor_formatter())
    for formatter, ticks in zip(formatters, (axis.get_major_ticks(), axis.get_minor_ticks()), strict=True):
        for label in (label for tick in ticks for label in (tick.label1, tick.label2)):
            label.set_parse_math(isinstance(formatter, LogFormatter))  # which writes powers of ten


def file_name(*parts: object) -> str:
    """The parts joined by underscores, with only characters that every file system accepts."""
    return "_".join(re.sub(r"[^\w.=-]+", "-", str(part)) for part in parts)
