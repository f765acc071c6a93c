"""The toy problem: loss and gradient variance against steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from results.experiment import TOY, Experiment
from results.figures.toy import ALIKE, toy
from results.reading.labels import Label
from results.sections.section import Section


def section(experiment: Experiment) -> Section | None:
    results, label = experiment.of(TOY), experiment.label
    if results.cells.empty:
        return None
    figures = [("toy", toy(results.cells, results.curves, label))]
    found = list(lowest_losses(results.cells, results.curves, label))
    return Section("toy", "Toy problem", figures=figures, found=found)


def lowest_losses(cells: pd.DataFrame, curves: pd.DataFrame, label: Label = str) -> Iterator[str]:
    """For each problem the lowest exact loss at the end, mean over seeds, and the estimators that reach it."""
    losses = curves[curves["metric"] == "loss"].merge(cells[["cell", "estimator", "task", "conditions"]], on="cell")
    for (task, conditions), rows in losses.groupby(["task", "conditions"]):
        last = rows["step"].max()
        ends = rows[rows["step"] == last].groupby("estimator")["value"].mean().sort_values()
        lowest = ends[np.isclose(ends, ends.iloc[0], rtol=ALIKE)]
        names = sorted(map(label, map(str, lowest.index)), key=str.casefold)
        place = ", ".join(filter(None, [str(task), str(conditions)]))
        yield f"{place}: after {last:,} steps the lowest exact loss is {ends.iloc[0]:.4g} ({', '.join(names)})."
