"""The curves of cells: what each wrote of its scores and times while it ran."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

CURVE_TYPES = {"cell": "str", "step": "int64", "metric": "str", "value": "float64"}
"""The columns of ``curves``."""

LOGS = ("metrics.jsonl", "timings.jsonl")

METRIC = "valid_negative_elbo_one_sample"
"""The metric that is looked at first: nats, lower is better, from one code per example."""

ONE_SAMPLE = {"valid_negative_elbo": METRIC}
"""Metrics of ``curves`` that are estimated from one code per example, where a cell's score of the name has m."""


Point = tuple[str, int, str, float]
"""A row of ``curves``."""


def read_curves(folder: Path, cell: str, notes: list[str]) -> list[Point]:
    """The points of one cell; a sentence is added to the notes for each line that is unreadable."""
    points: list[Point] = []
    for log in (folder / name for name in LOGS):
        for number, entry in enumerate(_lines(log), start=1):
            try:
                step = int(entry["step"])
            except (ValueError, KeyError, TypeError):
                notes.append(f"{folder.name}: line {number} of {log.name} is unreadable and is left out")
                continue
            points += [
                (cell, step, ONE_SAMPLE.get(str(name), str(name)), value)
                for name, value in entry.items()
                if name != "step" and isinstance(value, int | float)
            ]
    return points


def _lines(log: Path) -> list[Any]:
    """What stands in each line of a log; None for one that is no JSON."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    try:
        return json.loads(f"[{','.join(lines)}]")  # at once, which is several times as fast as line by line
    except ValueError:
        return [_line(line) for line in lines]


def _line(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def curves_frame(points: list[Point]) -> pd.DataFrame:
    """The points as a data frame, by cell, metric and step."""
    curves = pd.DataFrame(points, columns=list(CURVE_TYPES)).astype(CURVE_TYPES)
    # A runner that was killed may have written a step twice; the last belongs to the checkpoint that it went on from.
    curves = curves.drop_duplicates(["cell", "metric", "step"], keep="last")
    return curves.sort_values(["cell", "metric", "step"], kind="stable", ignore_index=True)
