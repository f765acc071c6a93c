"""What figures show, and images of cells to show in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from results.comparison import Comparison
from results.figures.gallery import FILE

GREY = np.full((10, 28, 28), 128, dtype=np.uint8)


def keep_images(folder: Path, **strips: np.ndarray) -> None:
    """Gives a cell images, as a runner does when it has trained it."""
    np.savez_compressed(folder / FILE, **strips)  # type: ignore[arg-type]


def words(figure: Figure) -> str:
    """All text of a figure, with its lines joined."""
    found = figure.findobj(Text)
    return "\n".join(" ".join(text.get_text().split()) for text in found if isinstance(text, Text))


def cells_of(comparison: Comparison, task: str):
    return comparison.cells[comparison.cells["task"] == task]
