"""The figures of a comparison, and how figures are saved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from results.comparison import Comparison
from results.figures.dots import bounds, speeds
from results.figures.gallery import galleries
from results.figures.overviews import overviews
from results.figures.style import figure_style
from results.figures.training_curves import ALONG, METRIC, metrics, training_curves
from results.figures.tuning import tuning
from results.reading.choices import Choice
from results.reading.collect import Results
from results.writing.files import file_name
from runners.cells.files import replacing

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
    if any(found.best for found in comparison.standings.values()):
        yield "bounds", bounds(comparison)
    yield "speed", speeds(comparison)
    yield from overviews(comparison)
    if (figure := tuning(comparison)) is not None:
        yield "tuning", figure
    for training, choices in comparison.trainings.items():
        title = ", ".join(part for part in training if part)
        cells = pd.concat([shown(choice, comparison) for choice in choices])
        own = results.curves[results.curves["cell"].isin(cells["cell"])]
        for metric in metrics(own):
            what = [] if metric == METRIC else [metric.removeprefix("valid_")]
            for along in ALONG:
                if (figure := training_curves(title, cells, own, along, metric)) is not None:
                    by = [] if along == "steps" else ["by", along]
                    yield file_name("curves", *what, *by, *filter(None, training)), figure
        for what, figure in galleries(title, cells, results.folder):
            yield file_name(what, *filter(None, training)), figure


def shown(choice: Choice, comparison: Comparison) -> pd.DataFrame:
    """The cells of the chosen setting, called as figures call their method; without runs where nothing is chosen."""
    cells = choice.cells.assign(cell=None) if choice.setting is None else choice.chosen
    return cells.assign(method=comparison.label(choice.method))
