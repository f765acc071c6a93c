"""Training as it went, and what the models have learned: figures of every task and data set."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from results.comparison import Comparison
from results.experiment import Experiment
from results.figures.gallery import galleries
from results.figures.training_curves import ALONG, metrics, training_curves
from results.reading.choices import Choice
from results.reading.collect import Results
from results.reading.curves import METRIC
from results.sections.section import Section
from results.writing.files import file_name


def section(experiment: Experiment) -> Section | None:
    if not experiment.comparison.methods:
        return None
    return Section("training", "Training", figures=training_figures(experiment.results, experiment.comparison))


def training_figures(results: Results, comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """Curves of each metric against all that they can be drawn against; then pictures."""
    for training, choices in comparison.trainings.items():
        title = ", ".join(part for part in training if part)
        cells = pd.concat([_shown(choice, comparison) for choice in choices])
        own = results.curves[results.curves["cell"].isin(cells["cell"])]
        for metric in metrics(own):
            what = [] if metric == METRIC else [metric.removeprefix("valid_")]
            for along in ALONG:
                if (figure := training_curves(title, cells, own, along, metric)) is not None:
                    by = [] if along == "steps" else ["by", along]
                    yield file_name("curves", *what, *by, *filter(None, training)), figure
        for what, figure in galleries(title, cells, results.folder):
            yield file_name(what, *filter(None, training)), figure


def _shown(choice: Choice, comparison: Comparison) -> pd.DataFrame:
    """The cells of the chosen setting, called as figures call their method; without runs where nothing is chosen."""
    cells = choice.cells.assign(cell=None) if choice.setting is None else choice.chosen
    return cells.assign(method=comparison.label(choice.method))
