"""The toy problem: loss and variance of the gradient against steps."""

from __future__ import annotations

from results.experiment import TOY, Experiment
from results.figures.toy import toy
from results.sections.section import Section


def section(experiment: Experiment) -> Section | None:
    found = experiment.of(TOY)
    if found.cells.empty:
        return None
    return Section("toy", "Toy problem", figures=[("toy", toy(found.cells, found.curves, experiment.label))])
