"""The page's figures: images with few colours, to keep the page small, and links to their files."""

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
"""Maximum width of an image, pixels: twice the width at which the page shows it."""

LEADING = ("bounds", "gradients", "toy", "scaling", "sensitivity", "curves", "speed")
"""Beginnings of names of figures, the most important first."""


class PageFigure(NamedTuple):
    """A figure: its name in words, a PNG as base64, its size in pixels, and the paths of its files from the page."""

    name: str
    data: str
    width: int
    height: int
    files: list[str]


def page_figures(paths: Sequence[Path]) -> list[PageFigure]:
    """The PNG files among the paths, with links also to PDF files of the same names."""
    known = set(paths)
    return [_figure(path, path.with_suffix(".pdf") in known) for path in paths if path.suffix == ".png"]


def leading(figures: Sequence[PageFigure]) -> PageFigure | None:
    """The figure to show in the summary."""
    by_importance = [figure for begin in LEADING for figure in figures if figure.name.startswith(begin)]
    return next(iter([*by_importance, *figures]), None)


def _figure(path: Path, has_pdf: bool) -> PageFigure:
    with Image.open(path) as image:
        flat = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA")).convert("RGB")
    if flat.width > WIDEST:
        flat = flat.resize((WIDEST, round(flat.height * WIDEST / flat.width)), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    flat.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
    files = [f"{path.parent.name}/{path.stem}{suffix}" for suffix in ([".png", ".pdf"] if has_pdf else [".png"])]
    data = base64.b64encode(packed.getvalue()).decode()
    return PageFigure(path.stem.replace("_", " "), data, flat.width, flat.height, files)
