"""The curves of cells: the scores and times that they recorded during training."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired, TypedDict

import pandas as pd

from results.reading.lines import json_lines, left_out
from runners.config.kinds import fits, is_text

CURVE_TYPES = {"cell": "str", "step": "int64", "metric": "str", "value": "float64"}
"""The columns of ``curves``."""


class Line(TypedDict):
    """A line of a journal. Its other entries are scores, which need not be finite."""

    step: int
    seconds: NotRequired[float]


LOGS = ("metrics.jsonl", "timings.jsonl")

METRIC = "valid_negative_elbo_one_sample"
"""The main metric: nats, lower is better, from one code per example."""

ONE_SAMPLE = {"valid_negative_elbo": METRIC}
"""Names in ``curves`` of metrics estimated from one code per example, to set them apart from a cell's score of m."""


Point = tuple[str, int, str, float]
"""A row of ``curves``."""


def read_curves(folder: Path, cell: str, notes: list[str]) -> list[Point]:
    """The points of one cell; a sentence is added to the notes for each file with lines that are unreadable."""
    points: list[Point] = []
    for log in (folder / name for name in LOGS):
        odd: list[int] = []
        for number, entry in enumerate(json_lines(log, notes), start=1):
            if not fits(entry, Line) or "step" not in entry:
                odd.append(number)
                continue
            points += [
                (cell, entry["step"], ONE_SAMPLE.get(str(name), str(name)), float(value))
                for name, value in entry.items()
                if name != "step" and is_text(name) and (isinstance(value, float) or fits(value, int))
            ]
        notes += left_out(log, odd)
    return points


def curves_frame(points: list[Point]) -> pd.DataFrame:
    """The points as a data frame, sorted by cell, metric and step."""
    curves = pd.DataFrame(points, columns=list(CURVE_TYPES)).astype(CURVE_TYPES)
    # A cell that was killed may have written a step twice; the last entry is from after it resumed.
    curves = curves.drop_duplicates(["cell", "metric", "step"], keep="last")
    return curves.sort_values(["cell", "metric", "step"], kind="stable", ignore_index=True)
