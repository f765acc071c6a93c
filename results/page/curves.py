"""The data of the learning curves that a reader can explore."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.figures.style import look
from results.figures.training_curves import ALONG, positions
from results.reading.choices import Choice
from results.reading.curves import METRIC
from results.reading.statuses import DONE

POINTS = 200
"""Of a line, which has no more pixels than some hundred."""

DIGITS = 6
"""Significant digits of the numbers in the page."""


def explorable(comparison: Comparison, curves: pd.DataFrame) -> list[dict[str, Any]]:
    """For each task and data set the means over the seeds that are done: ``title``, ``task``, ``data`` and ``lines``.

    A line has a method's ``name`` and its look, and its points: ``steps``, ``seconds`` of training, ``evaluations``
    of the cost per example, and ``value``, the validation negative ELBO in nats, with ``low`` and ``high``, the
    lowest and the highest seed.
    """
    plots = []
    for training, choices in comparison.trainings.items():
        lines = [_line(choice, comparison, curves) for choice in choices]
        lines = [line for line in lines if line["value"]]
        if lines:
            task, data, _ = training
            plots.append({"title": ", ".join(filter(None, training)), "task": task, "data": data, "lines": lines})
    return plots


def _line(choice: Choice, comparison: Comparison, curves: pd.DataFrame) -> dict[str, Any]:
    cells = choice.chosen[choice.chosen["status"] == DONE]
    own = curves[curves["cell"].isin(cells["cell"]) & (curves["metric"] == METRIC)]
    values = _thinned(own.groupby("step")["value"].agg(["mean", "min", "max"]))
    places = {along: positions(cells, curves, along).reindex(values.index) for along in ALONG}
    several = len(cells) > 1
    return {
        "name": comparison.label(choice.method),
        **look(comparison.methods[choice.method])._asdict(),
        "seeds": len(cells),
        **{along: [_short(each) for each in place] for along, place in places.items()},
        "value": [_short(each) for each in values["mean"]],
        "low": [_short(each) for each in values["min"]] if several else [],
        "high": [_short(each) for each in values["max"]] if several else [],
    }


def _thinned(values: pd.DataFrame) -> pd.DataFrame:
    """At most :data:`POINTS` of them, evenly apart, the first and the last among them."""
    if len(values) <= POINTS:
        return values
    return values.iloc[np.linspace(0, len(values) - 1, POINTS).round().astype(int)]


def _short(number: float) -> float | None:
    return None if pd.isna(number) or math.isinf(number) else float(f"{number:.{DIGITS}g}")
