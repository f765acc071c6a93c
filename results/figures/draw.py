"""How figures are saved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from matplotlib.figure import Figure

from runners.cells.files import replacing

FORMATS = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""File types with what is taken out of their metadata, so that the same cells give the same bytes."""


def draw(figures: Iterable[tuple[str, Figure]], folder: Path) -> list[Path]:
    """Saves named figures, one after the other, in ``figures/`` below the folder; returns the files."""
    paths = []
    for name, figure in figures:
        for suffix, metadata in FORMATS.items():
            paths.append(folder / "figures" / f"{name}.{suffix}")
            paths[-1].parent.mkdir(exist_ok=True)
            with replacing(paths[-1]) as path:
                figure.savefig(path, metadata=metadata, bbox_inches="tight", pad_inches=0.08)
    return paths
