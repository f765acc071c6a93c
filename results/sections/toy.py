"""The toy problem: loss and gradient variance against steps."""

from __future__ import annotations

from results.experiment import TOY, Experiment
from results.figures.toy import toy
from results.sections.section import Section


def section(experiment: Experiment) -> Section | None:
    results = experiment.of(TOY)
    if results.cells.empty:
        return None
    return Section("toy", "Toy problem", figures=[("toy", toy(results.cells, results.curves, experiment.label))])
