"""The style of all figures: sizes, fonts and colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

COLUMN, PAGE = 3.3, 6.9
"""Widths of a figure, inches: one column of an article, or both columns."""

ACROSS = 3
"""The maximum number of panels in a row."""

SMALL = 7.0
"""Size of the smallest text, points."""

ROW = 0.17
"""Height of a row of marks with a name, inches."""

INK, FAINT, GREY, MARKED = "#222222", "#767676", "#D0D0D0", "#EAF1E4"
"""Colours of text, of less important text, of background lines, and of the background of the best methods."""


@contextmanager
def figure_style() -> Iterator[None]:
    """A context in which figures are drawn in the style of this package, whatever the user's matplotlibrc says."""
    settings: dict[Any, Any] = {
        "font.family": "DejaVu Sans",  # included in matplotlib, so that figures are the same on every machine
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
        "axes.formatter.useoffset": False,
        "axes.grid": True,
        "grid.color": "#E6E6E6",
        "grid.linewidth": 0.5,
        "legend.fontsize": SMALL,
        "legend.frameon": False,
        "legend.handlelength": 2.6,  # two periods of a dash pattern
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
        "pdf.fonttype": 42,  # TrueType, which publishers require
    }
    default: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
    del default["backend"]  # the user's choice
    with matplotlib.rc_context(default | settings):
        yield
