"""The figures of a comparison, and how figures are saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from matplotlib.figure import Figure

from results.collect import Results
from results.comparison import Comparison
from results.dots import bounds, speeds
from results.files import file_name, replacing
from results.gallery import galleries
from results.overviews import overviews
from results.style import figure_style
from results.training_curves import ALONG, training_curves

FORMATS = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}
"""File types with what is taken out of their metadata, so that the same cells give the same bytes."""


def draw(figures: Iterable[tuple[str, Figure]], folder: Path) -> list[Path]:
    """Saves named figures, one after the other, in ``figures/`` below the folder; returns the files."""
    target = folder / "figures"
    target.mkdir(exist_ok=True)
    paths = []
    with figure_style():
        for name, figure in figures:
            for suffix, metadata in FORMATS.items():
                paths.append(target / f"{name}.{suffix}")
                with replacing(paths[-1]) as path:
                    figure.savefig(path, metadata=metadata, bbox_inches="tight", pad_inches=0.08)
    return paths


def comparison_figures(results: Results, comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """Every figure that the cells have something for."""
    yield "bounds", bounds(comparison)
    yield "speed", speeds(comparison)
    yield from overviews(comparison)
    for task, data in dict.fromkeys((problem.task, problem.data) for problem in comparison.problems):
        cells = comparison.cells[(comparison.cells["task"] == task) & (comparison.cells["data"] == data)]
        # Cells that differ in the m of the final bound alone are one training run.
        cells = cells.drop_duplicates(["method", "seed"])
        title = f"{task}, {data}"
        for along in ALONG:
            if (figure := training_curves(title, cells, results.curves, along)) is not None:
                yield file_name("curves", *([] if along == "steps" else ["by", along]), task, data), figure
        for what, figure in galleries(title, cells, results.folder):
            yield file_name(what, task, data), figure
