"""The look of each estimator, the same in all figures: a colour, a dash pattern and a marker."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

BLACK, BLUE, SKY, GREEN = "#000000", "#0072B2", "#56B4E9", "#009E73"
ORANGE, VERMILION, PINK = "#E69F00", "#D55E00", "#CC79A7"
VIOLET, WINE = "#8010E0", "#882255"
"""The palette of Okabe and Ito (2008) without yellow, which has too little contrast on white, and two similar to Tol's.
Any two differ by at least 16 CIELAB units, also as seen with protanopia, deuteranopia and tritanopia."""

ON_DARK = {BLACK: "#FFFFFF", BLUE: "#338ED1", VIOLET: "#B571FE", WINE: "#F39FBC", VERMILION: "#FB4C18"}
"""Replacements on a dark page for the colours with too little contrast there. Any two colours on a dark page differ by
at least 11 units, with any colour vision."""

DASHES: Mapping[str, Any] = {
    "solid": "-",
    "dashed": (0, (5, 1.6)),
    "dotted": (0, (1.2, 1.4)),
    "dash-dot": (0, (5, 1.4, 1.2, 1.4)),
    "dash-dot-dot": (0, (5, 1.4, 1.2, 1.4, 1.2, 1.4)),
}


class Look(NamedTuple):
    """How an estimator is drawn; ``dash`` is a key of :data:`DASHES`, ``marker`` is matplotlib's."""

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

    @property
    def on_page(self) -> dict[str, Any]:
        """The look on an HTML page, where ``dark`` is the colour on a dark background."""
        return {**self._asdict(), "dark": ON_DARK.get(self.colour, self.colour)}

    def of_setting(self, index: int) -> Look:
        """The look of setting number ``index`` of the same estimator: the same colour with another dash pattern."""
        dashes = list(DASHES)
        return self._replace(dash=dashes[(dashes.index(self.dash) + index) % len(dashes)])


FAMILIES: Mapping[str, Mapping[str, Look]] = {
    "score function": {
        "reinforce": Look(VERMILION, "solid", "o"),
        "reinforce_ema": Look(VERMILION, "dotted", "^", False),
        "nvil": Look(ORANGE, "dashed", "s"),
        "rloo": Look(VIOLET, "dotted", "h", False),
        "vimco": Look(WINE, "dashed", ">", False),
        "reweighted_wake_sleep": Look(GREEN, "dash-dot-dot", "^", False),
        "daps": Look(SKY, "dotted", "d", False),
        "unordered_set": Look(BLUE, "dotted", "v", False),
        "sum_and_sample": Look(PINK, "dash-dot", "P", False),
    },
    "control variates": {
        "muprop": Look(WINE, "solid", "D"),
        "rebar": Look(ORANGE, "solid", "D", False),
        "relax": Look(PINK, "solid", "o", False),
        "double_cv": Look(VIOLET, "solid", "D", False),
        "rodeo": Look(BLUE, "dashed", "p", False),
    },
    "coupled samples": {
        "arm": Look(SKY, "dash-dot", "^", False),
        "arsm": Look(VERMILION, "dashed", "d", False),
        "disarm": Look(PINK, "dotted", "h", False),
        "disarm_sb": Look(ORANGE, "dotted", "p", False),
        "arms": Look(GREEN, "dotted", "X", False),
        "carms": Look(WINE, "dash-dot", "^", False),
        "ugc": Look(VIOLET, "dashed", "v", False),
    },
    "straight-through": {
        "straight_through": Look(GREEN, "solid", "^"),
        "darn": Look(PINK, "dashed", "P"),
        "slope_annealed_straight_through": Look(VIOLET, "dash-dot", "v"),
        "st_gumbel_softmax": Look(SKY, "dashed", "d"),
        "gumbel_rao": Look(GREEN, "dash-dot", ">", False),
        "gapped_straight_through": Look(ORANGE, "dash-dot-dot", "v", False),
        "reinmax": Look(VERMILION, "dash-dot", "D", False),
        "decoupled_st_gumbel_softmax": Look(WINE, "dotted", "P", False),
        "mve": Look(BLUE, "dash-dot", "s", False),
        "redge": Look(VIOLET, "dash-dot-dot", "X", False),
        "argmax_straight_through": Look(BLACK, "dashed", "p", False),
    },
    "relaxations": {
        "gumbel_softmax": Look(BLUE, "solid", "X"),
        "hard_concrete": Look(VERMILION, "dash-dot-dot", ">", False),
        "spike_and_exponential": Look(SKY, "solid", "v", False),
        "mean_field": Look(WINE, "dash-dot-dot", "o", False),
    },
    "exact": {
        "enumeration": Look(BLACK, "dotted", "*"),
        "local_expectation": Look(GREEN, "dashed", "v", False),
        "bit_flip": Look(ORANGE, "dash-dot", "h", False),
        "resample_one": Look(BLUE, "dash-dot-dot", "o", False),
    },
}
"""The families of docs/estimators.md. No two estimators share colour and dash pattern, or colour and marker."""

WELL_KNOWN = (
    "reinforce",
    "nvil",
    "muprop",
    "darn",
    "straight_through",
    "slope_annealed_straight_through",
    "gumbel_softmax",
    "st_gumbel_softmax",
    "enumeration",
)
"""The estimators that are in most figures: their markers are filled, and their colours are all different."""

OTHERS = "others"
"""The family of estimators of other packages."""

TOGETHER = 10
"""The maximum number of lines that can be distinguished in one panel."""

COLOURS = [BLUE, ORANGE, GREEN, VERMILION, SKY, WINE, PINK, VIOLET]
MARKERS = "*<8H"
"""Colours and hollow markers of estimators of other packages; no estimator of this package has them."""


def look(estimator: str) -> Look:
    """The look of any estimator, which depends on its name alone, so that adding estimators does not change others.

    An estimator of another package gets its colour, dash pattern and hollow marker from a hash of its name. Two of them
    may share a colour, and rarely all three; figures also write the names.
    """
    known = FAMILIES.get(family(estimator), {})
    if estimator in known:
        return known[estimator]
    digest = hashlib.blake2b(estimator.encode()).digest()
    return Look(
        colour=COLOURS[digest[0] % len(COLOURS)],
        dash=list(DASHES)[digest[1] % len(DASHES)],
        marker=MARKERS[digest[2] % len(MARKERS)],
        filled=False,
    )


def family(estimator: str) -> str:
    """The family of an estimator by its name; :data:`OTHERS` for an estimator of another package."""
    return next((family for family, members in FAMILIES.items() if estimator in members), OTHERS)


def by_family(lines: Sequence[T], family_of: Callable[[T], str]) -> dict[str, list[T]]:
    """The lines of each panel by family; all under ``""`` if there are at most :data:`TOGETHER`."""
    if len(lines) <= TOGETHER:
        return {"": list(lines)}
    found = {name: [line for line in lines if family_of(line) == name] for name in (*FAMILIES, OTHERS)}
    return {name: own for name, own in found.items() if own}
