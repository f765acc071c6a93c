"""The data of the interactive learning curves."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from results.comparison import Comparison
from results.figures.looks import look
from results.figures.training_curves import ALONG, positions, thinned
from results.reading.choices import Choice
from results.reading.curves import METRIC
from results.reading.statuses import DONE

POINTS = 200
"""Maximum number of points of a line, which is a few hundred pixels long."""

DIGITS = 6
"""Significant digits of the numbers on the page."""


def explorable(comparison: Comparison, curves: pd.DataFrame) -> list[dict[str, Any]]:
    """The plots, one per task and data set: ``title``, ``task``, ``data`` and ``lines``.

    A line has the ``name`` of a method, its look and lists of coordinates: ``steps``, ``seconds`` of training,
    ``evaluations`` of the cost per example, ``value``, the mean over finished seeds of the validation negative ELBO in
    nats, and ``low`` and ``high``, the lowest and the highest seed, which are empty for a single seed.
    """
    plots = []
    for training, choices in comparison.trainings.items():
        chosen = pd.concat([choice.chosen["cell"] for choice in choices])
        own = curves[curves["cell"].isin(chosen)]  # looking through all curves for each line would take long
        lines = [_line(choice, comparison, own) for choice in choices]
        lines = [line for line in lines if line["value"]]
        if lines:
            task, data, _ = training
            plots.append({"title": ", ".join(filter(None, training)), "task": task, "data": data, "lines": lines})
    return plots


def _line(choice: Choice, comparison: Comparison, curves: pd.DataFrame) -> dict[str, Any]:
    cells = choice.chosen[choice.chosen["status"] == DONE]
    own = curves[curves["cell"].isin(cells["cell"])]
    scores = own[own["metric"] == METRIC]
    values = thinned(scores.groupby("step")["value"].agg(["mean", "min", "max"]), POINTS)
    places = {along: positions(cells, own, along).reindex(values.index) for along in ALONG}
    several = len(cells) > 1
    return {
        "name": comparison.label(choice.method),
        **look(comparison.methods[choice.method]).on_page,
        **{along: _rounded(place) for along, place in places.items()},
        "value": _rounded(values["mean"]),
        "low": _rounded(values["min"]) if several else [],
        "high": _rounded(values["max"]) if several else [],
    }


def _rounded(numbers: pd.Series) -> list[float | None]:
    return [float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None for number in numbers]
