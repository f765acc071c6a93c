"""Tables of published semi-supervised models for pages, in Markdown."""

from __future__ import annotations

import pandas as pd

from results.published.study import Study
from results.published.tables import half_width, markdown_table
from results.statistics.intervals import t_interval

MODEL = ["estimator", "temperature", "alpha"]
"""What the models differ in besides the seed: columns of every table."""


def accuracies(study: Study) -> str:
    """A table: mean test accuracy and bound ± half their 95 % intervals, the most accurate first."""
    rows = [
        names
        | {
            "accuracy": _with_half_width(cells["accuracy"], 3),
            "bound": _with_half_width(cells["negative_bound"], 2),
            "seeds": str(len(cells)),
        }
        for names, cells in _models(study)
    ]
    return markdown_table(rows, [*MODEL, "accuracy", "bound", "seeds"])


def accuracies_by_step(study: Study, *steps: int) -> str:
    """A table: mean validation accuracy over seeds after these numbers of steps, in the order of :func:`accuracies`."""
    curves = study.results.curves
    curves = curves[curves["metric"] == "valid_accuracy"]
    rows = []
    for names, cells in _models(study):
        means = curves[curves["cell"].isin(cells["cell"])].groupby("step")["value"].mean()
        rows.append(names | {f"{step:,}": f"{means[step]:.3f}" for step in steps})
    return markdown_table(rows, [*MODEL, *(f"{step:,}" for step in steps)])


def _models(study: Study) -> list[tuple[dict[str, str], pd.DataFrame]]:
    """The names of each model, and its cells that have an accuracy; the most accurate first."""
    cells = study.results.cells[lambda cells: cells["accuracy"].notna()]
    cells = cells.assign(temperature=[_temperature(cell) for _, cell in cells.iterrows()])
    models = [
        ({"estimator": study.label(str(estimator)), "temperature": temperature, "alpha": f"{alpha:g}"}, of_model)
        for (estimator, temperature, alpha), of_model in cells.groupby(["estimator", "temperature", "task.alpha"])
    ]
    return sorted(models, key=lambda model: -model[1]["accuracy"].mean())


def _temperature(cell: pd.Series) -> str:
    """The temperature of a cell's estimator in words; empty if it has none."""
    if pd.notna(constant := cell.get("estimator.temperature")):
        return f"{constant:g}"
    return "annealed" if pd.notna(cell.get("estimator.temperature.start")) else ""


def _with_half_width(scores: pd.Series, decimals: int) -> str:
    """``0.82 ± 0.03``; without an interval if there is one score."""
    interval = t_interval(scores)
    return f"{interval.value:.{decimals}f} {half_width(interval, decimals)}".rstrip()
