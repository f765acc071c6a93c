"""The page's figures: images with few colours, and of many figures only the first, to keep the page small; and links to
the files of all."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

COLOURS = 255
"""Colours of a figure's palette: lines and text have few colours, and images of digits are grey."""

WIDEST = 1600
"""Maximum width of an image, pixels."""

SHOWN = 0.6
"""Width at which the page shows an image, relative to its width in pixels: text of 7 points is 13 pixels high."""

LARGEST = 4 * 10**6
"""Maximum size of all images together, characters of base64."""

ELSEWHERE = "curves_by_"
"""Beginning of the names of figures whose content is in the interactive curves, and which are linked only."""

LEADING = ("bounds", "gradients", "toy", "scaling", "sensitivity", "curves", "speed")
"""Beginnings of names of figures, the most important first."""


class PageFigure(NamedTuple):
    """A figure: its file name, a PNG as base64, the size at which it is shown in pixels, and the paths of its files
    from the page. Without an image, ``data`` is empty."""

    name: str
    data: str
    width: int
    height: int
    files: list[str]


def page_figures(paths: Sequence[Path]) -> list[PageFigure]:
    """The PNG files among the paths, with links also to PDF files of the same names.

    The first figure by which the images would exceed :data:`LARGEST`, and those that follow, have no image.
    """
    known, size, figures = set(paths), 0, list[PageFigure]()
    for path in (path for path in paths if path.suffix == ".png"):
        links = [
            f"{path.parent.name}/{path.stem}{suffix}"
            for suffix in (".png", ".pdf")
            if path.with_suffix(suffix) in known
        ]
        shown = size <= LARGEST and not path.name.startswith(ELSEWHERE)
        data, width, height = _image(path) if shown else ("", 0, 0)
        size += len(data)
        figures.append(PageFigure(path.stem, data if size <= LARGEST else "", width, height, links))
    return figures


def leading(figures: Sequence[PageFigure]) -> PageFigure | None:
    """The figure to show in the summary: the most important one with an image."""
    shown = [figure for figure in figures if figure.data]
    by_importance = [figure for begin in LEADING for figure in shown if figure.name.startswith(begin)]
    return next(iter([*by_importance, *shown]), None)


def _image(path: Path) -> tuple[str, int, int]:
    """The image as base64, and the width and height at which it is shown."""
    with Image.open(path) as image:
        flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")
    if flat.width > WIDEST:
        flat = flat.resize((WIDEST, round(flat.height * WIDEST / flat.width)), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    flat.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode(), round(SHOWN * flat.width), round(SHOWN * flat.height)
