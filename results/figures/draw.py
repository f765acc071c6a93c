"""Saving figures, and their names."""

from __future__ import annotations

import hashlib
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

WIDEST = 200
"""Largest number of characters of a line of text."""

LONGEST = 200
"""Limit on the length of a file's name without suffix, bytes; file systems allow 255 in all."""


def draw(figures: Iterable[tuple[str, Figure]], folder: Path, formats: Iterable[str] = tuple(FORMATS)) -> list[Path]:
    """Saves figures by name in the folder's subfolder ``figures``, one at a time; returns the paths of the files."""
    paths = []
    for name, figure in figures:
        keep_text(figure)
        for suffix in formats:
            paths.append(folder / "figures" / f"{name}.{suffix}")
            paths[-1].parent.mkdir(exist_ok=True)
            with replacing(paths[-1]) as path, warnings.catch_warnings():
                # Names may contain characters that the font lacks, and be too long for any layout.
                warnings.filterwarnings("ignore", message="Glyph|constrained_layout not applied")
                figure.savefig(path, metadata=FORMATS[suffix], bbox_inches="tight", pad_inches=0.08)
    return paths


def keep_text(figure: Figure) -> None:
    """Turns off math mode for all text except the numbers along the axes, since names may contain ``$``, and shortens
    lines that no figure has room for."""
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # type: ignore[attr-defined]
        lines = text.get_text().split("\n")  # type: ignore[attr-defined]
        if max(map(len, lines)) > WIDEST:
            text.set_text("\n".join(f"{line[:WIDEST]}…" if len(line) > WIDEST else line for line in lines))  # type: ignore[attr-defined]
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _parse_numbers(axis)


def _parse_numbers(axis: Axis) -> None:
    formatters = (axis.get_major_formatter(), axis.get_minor_formatter())
    for formatter, ticks in zip(formatters, (axis.get_major_ticks(), axis.get_minor_ticks()), strict=True):
        for label in (label for tick in ticks for label in (tick.label1, tick.label2)):
            label.set_parse_math(isinstance(formatter, LogFormatter))  # which writes powers of ten


def file_name(*parts: object) -> str:
    """The parts joined by underscores, with only characters that every file system accepts, and not too many."""
    name = "_".join(re.sub(r"[^\w.=-]+", "-", str(part)) for part in parts)
    if len(name.encode()) <= LONGEST:
        return name
    return f"{name.encode()[: LONGEST - 9].decode(errors='ignore')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
