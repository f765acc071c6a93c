"""The data of the learning curves that a reader can explore."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from results.comparison import Comparison
from results.style import look
from results.table import done
from results.training_curves import ALONG, METRIC, positions

DIGITS = 6
"""Significant digits of the numbers in the page."""


def explorable(comparison: Comparison, curves: pd.DataFrame) -> list[dict[str, Any]]:
    """For each task and data set the means over the seeds that are done: ``title`` and ``lines``.

    A line has a method's ``name`` and ``colour``, and its points: ``steps``, ``seconds`` of training, ``evaluations``
    of the cost per example, and ``value``, the validation negative ELBO in nats.
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
    own = curves[curves["cell"].isin(cells["cell"]) & (curves["metric"] == METRIC)]
    value = own.groupby("step")["value"].mean()
    places = {along: positions(cells, curves, along).reindex(value.index) for along in ALONG}
    return {
        "name": method,
        "colour": look(str(cells["estimator"].iloc[0])).colour,
        **{along: [_short(each) for each in place] for along, place in places.items()},
        "value": [_short(each) for each in value],
    }


def _short(number: float) -> float | None:
    return None if pd.isna(number) or math.isinf(number) else float(f"{number:.{DIGITS}g}")
