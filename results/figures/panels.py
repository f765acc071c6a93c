"""Panels of a page, with the names of methods beside them."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.figures.style import PAGE

BESIDE = 2
"""Panels that are next to each other; more continue below."""

PANEL, NAME = 2.3, 0.155
"""Heights of a panel and of a name in the legend, inches."""


def panels_with_names(count: int, names: int) -> tuple[Figure, list[Axes]]:
    """A figure as wide as a page, with room for a legend of so many names at the right."""
    columns, rows = min(BESIDE, count), -(-count // BESIDE)
    figure = Figure(figsize=(PAGE, max(PANEL * rows, 0.3 + NAME * names)), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False).flat)
    for empty in panels[count:]:
        empty.set_visible(False)
    return figure, panels[:count]
