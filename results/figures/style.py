"""One look for every figure: its width, its letters, and the colours of what matters more or less."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

from results.figures.looks import Look, look

__all__ = ["COLUMN", "FAINT", "GREY", "INK", "MARKED", "PAGE", "ROW", "SMALL", "Look", "figure_style", "look"]

COLUMN, PAGE = 3.3, 6.9
"""Widths of a figure, inches: a column of an article, or both of them."""

SMALL = 7.0
"""Points of the smallest letters, at the width that a figure has."""

ROW = 0.17
"""Height of a row of marks with a name, inches."""

INK, FAINT, GREY, MARKED = "#222222", "#767676", "#D0D0D0", "#EAF1E4"
"""Of words, of what matters less, of lines that only stand behind, and behind what is best."""


@contextmanager
def figure_style() -> Iterator[None]:
    """Within the block figures are drawn for a column of an article, or for both, with letters of 7 points or more."""
    settings: dict[Any, Any] = {
        "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same
        "font.size": SMALL,
        "figure.titlesize": 8,
        "axes.titlesize": 8,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlepad": 4,
        "axes.labelsize": SMALL,
        "axes.labelpad": 2,
        "axes.edgecolor": FAINT,
        "axes.linewidth": 0.6,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.formatter.useoffset": False,  # numbers are what they say
        "axes.grid": True,
        "grid.color": "#E6E6E6",
        "grid.linewidth": 0.5,
        "legend.fontsize": SMALL,
        "legend.frameon": False,
        "legend.handlelength": 2.6,  # a dash is seen twice
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.pad": 2,
        "ytick.major.pad": 2,
        "lines.linewidth": 1.1,
        "lines.markersize": 4,
        "figure.dpi": 220,
        "savefig.dpi": 220,
        "pdf.fonttype": 42,  # letters stay letters: publishers ask for it
    }
    default: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
    del default["backend"]  # is left to the user
    with matplotlib.rc_context(default | settings):
        yield
