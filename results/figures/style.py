"""One look for every figure, and for every estimator one colour, line and marker wherever it appears."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import matplotlib

BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"
ORANGE, VERMILION, PINK = "#E69F00", "#D55E00", "#CC79A7"
VIOLET, WINE = "#8010E0", "#882255"
"""Okabe and Ito's palette (2008) without yellow, which is lost on white, and two of Tol's kind. Any two differ by at
least 16 units of CIELAB, also as seen with protanopia, deuteranopia and tritanopia."""

INK, FAINT, MARKED = "#222222", "#8A8A8A", "#EAF1E4"
"""Of words, of what matters less, and behind what is best."""

DASHES = {"solid": "-", "dashed": (0, (5, 1.6)), "dotted": (0, (1.2, 1.4)), "dash-dot": (0, (5, 1.4, 1.2, 1.4))}


class Look(NamedTuple):
    """How an estimator is drawn."""

    colour: str
    dash: str
    marker: str
    filled: bool = True

    @property
    def line(self) -> dict[str, Any]:
        return {"color": self.colour, "linestyle": DASHES[self.dash]}

    @property
    def mark(self) -> dict[str, Any]:
        return {
            "marker": self.marker,
            "markerfacecolor": self.colour if self.filled else "white",
            "markeredgecolor": self.colour,
        }


WELL_KNOWN = {
    "reinforce": Look(VERMILION, "solid", "o"),
    "nvil": Look(ORANGE, "dashed", "s"),
    "muprop": Look(WINE, "solid", "D"),
    "darn": Look(PINK, "dashed", "P"),
    "straight_through": Look(GREEN, "solid", "^"),
    "slope_annealed_straight_through": Look(VIOLET, "dash-dot", "v"),
    "gumbel_softmax": Look(BLUE, "solid", "X"),
    "st_gumbel_softmax": Look(SKY, "dashed", "d"),
    "enumeration": Look(BLACK, "dotted", "*"),
}
"""The estimators that meet in nearly every figure keep colours that are far apart."""

COLOURS = [BLUE, ORANGE, GREEN, VERMILION, SKY, WINE, PINK, VIOLET]
MARKERS = "osD^vPXd<>ph"
SALT = b"18773"
"""Chosen so that the estimators of the literature that are not well known above share few colours and no marks."""


def look(estimator: str) -> Look:
    """The look of any estimator, known or not: a function of its name alone, so that new ones change nobody's.

    A name that is not well known gets a colour, a dash and a hollow marker by its hash; the well-known markers are
    filled. Two such names may share a colour, and seldom all three: figures also write names beside the marks.
    """
    if estimator in WELL_KNOWN:
        return WELL_KNOWN[estimator]
    digest = hashlib.blake2b(estimator.encode(), salt=SALT).digest()
    return Look(
        colour=COLOURS[digest[0] % len(COLOURS)],
        dash=list(DASHES)[digest[1] % len(DASHES)],
        marker=MARKERS[digest[2] % len(MARKERS)],
        filled=False,
    )


@contextmanager
def figure_style() -> Iterator[None]:
    """Within the block figures are drawn for a page 8 inches, or 800 pixels, wide."""
    settings: dict[Any, Any] = {
        "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 9,
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": "#E6E6E6",
        "grid.linewidth": 0.7,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.labelsize": 8.5,
        "ytick.labelsize": 8.5,
        "lines.linewidth": 1.6,
        "lines.markersize": 5,
        "figure.dpi": 200,
        "savefig.dpi": 200,
        "pdf.fonttype": 42,  # letters stay letters: publishers ask for it
    }
    default: dict[Any, Any] = dict(matplotlib.rcParamsDefault)
    del default["backend"]  # is left to the user
    with matplotlib.rc_context(default | settings):
        yield
