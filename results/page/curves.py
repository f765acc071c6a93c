"""The data of the learning curves that a reader can explore."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.comparison import Comparison
from results.style import look
from results.table import done

METRIC = "valid_negative_elbo"
DIGITS = 6
"""Significant digits of the numbers in the page."""


def explorable(comparison: Comparison, curves: pd.DataFrame) -> list[dict[str, Any]]:
    """For each task and data set the means over the seeds that are done: ``title`` and ``lines``.

    A line has a method's ``name`` and ``colour``, and its points: ``steps``, ``seconds`` of training, and ``value``,
    the validation negative ELBO in nats.
    """
    plots = []
    for (task, data), cells in done(comparison.cells).groupby(["task", "data"]):
        # Cells that differ in the m of the final bound alone are one training run.
        cells = cells.drop_duplicates(["method", "seed"])
        lines = [_line(str(method), group, curves) for method, group in cells.groupby("method")]
        lines = [line for line in lines if line["value"]]
        if lines:
            plots.append({"title": f"{task}, {data}", "lines": lines})
    return plots


def _line(method: str, cells: pd.DataFrame, curves: pd.DataFrame) -> dict[str, Any]:
    own = curves[curves["cell"].isin(cells["cell"])]
    means = own.groupby(["metric", "step"])["value"].mean()
    metrics = means.index.get_level_values("metric")
    value = means[METRIC] if METRIC in metrics else pd.Series(dtype=float)
    seconds = means["seconds"] if "seconds" in metrics else pd.Series(dtype=float)
    return {
        "name": method,
        "colour": look(str(cells["estimator"].iloc[0])).colour,
        "steps": [int(step) for step in value.index],
        "seconds": [_short(seconds.get(step, float("nan"))) for step in value.index],
        "value": [_short(each) for each in value],
    }


def _short(number: float) -> float | None:
    return None if pd.isna(number) else float(f"{number:.{DIGITS}g}")
