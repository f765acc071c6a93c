"""The gradient probe's measurements as a data frame and as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from results.collect import Results
from results.duplicates import without_duplicates

IDENTITY = ["estimator", "task", "data", "seed", "stage", "temperature", "target"]
"""The columns that say what was measured; the others are measurements, see ``runners.measuring.moments.Accuracy``."""

HEADINGS = {
    "bias": "bias",
    "interval": "95% interval",
    "variance": "variance",
    "mse": "MSE",
    "cosine": "cosine",
    "cost_evaluations": "evaluations",
    "microseconds": "µs",
}

DECIMALS = {"bias": 3, "bias_low": 3, "bias_high": 3, "variance": 3, "mse": 3, "cosine": 3, "cost_evaluations": 0}
"""Of the measurements, where they stand in a table."""

CAPTION = (
    "Accuracy of one estimate per image, relative to the exact gradient g: bias |E d| / |g| with its 95% interval, "
    "variance tr Cov / |g|^2, mean squared error E |d|^2 / |g|^2, mean cosine with g; then cost evaluations and time."
)


WITHIN = ["task", "data", "seed", "stage", "target"]
"""What two measurements share that can be of one method under two names."""


def gradients(results: Results) -> pd.DataFrame:
    """One row per measurement of the probe: :data:`IDENTITY` and what was measured; empty when there was no probe."""
    cells = results.cells[results.cells["status"] == "done"]
    rows = [
        {**{name: getattr(cell, name) for name in ("cell", "estimator", "task", "data", "seed")}, **line}
        for cell in cells.itertuples()
        for line in _lines(results.folder / str(cell.folder) / "probe.jsonl")
    ]
    order = ["task", "stage", "target", "mse"]
    return pd.DataFrame(rows).sort_values(order, ignore_index=True) if rows else pd.DataFrame()


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def method_names(measured: pd.DataFrame) -> pd.Series:
    """``gumbel_softmax, temperature=0.5`` where there is a temperature, else the estimator's name."""
    temperature = measured["temperature"].astype("float64")
    with_temperature = measured["estimator"] + ", temperature=" + temperature.map("{:g}".format)
    return with_temperature.where(temperature.notna(), measured["estimator"])


def write_gradients(measured: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes ``gradients.csv``, ``gradients.parquet`` and, for the logits, ``gradients.md``."""
    paths = [folder / f"gradients.{suffix}" for suffix in ("csv", "parquet", "md")]
    measured.to_csv(paths[0], index=False)
    measured.to_parquet(paths[1], index=False)
    paths[2].write_text(as_markdown(measured), encoding="utf-8")
    return paths


def as_markdown(measured: pd.DataFrame) -> str:
    """A table per task, stage and target, the smallest mean squared error first; means over seeds."""
    measured, notes = without_duplicates(measured, WITHIN)
    parts = []
    for (task, stage, target), group in measured.groupby(["task", "stage", "target"]):
        lines = [["method", *HEADINGS.values()], [":--", *["--:"] * len(HEADINGS)], *_rows(group)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in lines)
        parts.append(f"### {task}, {target}, after {stage} steps\n\n{table}")
    return "\n\n".join([*parts, CAPTION, *notes, ""])


def _rows(group: pd.DataFrame) -> list[list[str]]:
    numbers = group.assign(method=method_names(group)).groupby("method").mean(numeric_only=True).sort_values("mse")
    return [
        [
            str(method).replace("_", r"\_"),
            f"{row.bias:.3f}",
            f"{row.bias_low:.3f} to {row.bias_high:.3f}",
            f"{row.variance:.3g}",
            f"{row.mse:.3g}",
            f"{row.cosine:.3f}",
            f"{row.cost_evaluations:.0f}",
            f"{row.microseconds:.1f}",
        ]
        for method, row in numbers.iterrows()
    ]
