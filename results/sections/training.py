"""Training curves, and images that show what the models have learned, for every task and data set."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from results.experiment import Experiment
from results.figures.draw import file_name
from results.figures.gallery import galleries
from results.figures.training_curves import ALONG, metrics, training_curves
from results.ranking import ranked
from results.reading.choices import Choice
from results.reading.curves import METRIC
from results.sections.comparison_notes import mixed_machines
from results.sections.section import Section

LONGEST = 20
"""Characters of a label that fit beside a panel; methods with longer ones have their short label there."""


def section(experiment: Experiment) -> Section | None:
    if not experiment.comparison.methods:
        return None
    return Section("training", "Training", figures=training_figures(experiment))


def training_figures(experiment: Experiment) -> Iterator[tuple[str, Figure]]:
    """Curves of the negative ELBO against each key of :data:`ALONG`, of other metrics against steps; then images."""
    results, methods = experiment.results, ranked(experiment.comparison)
    for training, choices in experiment.comparison.trainings.items():
        title = ", ".join(filter(None, training))
        in_order = sorted(choices, key=lambda choice: methods.index(choice.method))
        cells = pd.concat([_shown(choice, experiment) for choice in in_order])
        curves = results.curves[results.curves["cell"].isin(cells["cell"])]
        for metric in metrics(curves):
            score = [] if metric == METRIC else [metric.removeprefix("valid_")]
            for along in _comparable(cells) if metric == METRIC else ["steps"]:
                if (figure := training_curves(title, cells, curves, along, metric)) is not None:
                    by = [] if along == "steps" else ["by", along]
                    yield file_name("curves", *score, *by, *filter(None, training)), figure
        for name, figure in galleries(title, cells, results.folder):
            yield file_name(name, *filter(None, training)), figure


def _comparable(cells: pd.DataFrame) -> list[str]:
    """The keys of :data:`ALONG`, without seconds if they are those of different machines."""
    return [along for along in ALONG if along != "seconds" or not mixed_machines(cells)]


def _shown(choice: Choice, experiment: Experiment) -> pd.DataFrame:
    """The cells of the chosen setting, with the label of their method; without curves if nothing was chosen."""
    cells = choice.cells.assign(cell=None) if choice.setting is None else choice.chosen
    return cells.assign(method=_fitting(experiment.label(choice.method), experiment.short_label(choice.method)))


def _fitting(label: str, short: str) -> str:
    if len(label) <= LONGEST:
        return label
    return short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}…"
