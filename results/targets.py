"""What it takes to reach a bound: steps, cost evaluations and seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from results.comparison import Comparison
from results.files import replacing
from results.formats import as_markdown
from results.table import Table, done
from results.training_curves import METRIC

DECIMALS = {"target": 2, "reached": 0, "seeds": 0, "steps": 0, "evaluations": 0, "seconds": 1}
"""Of the columns of numbers."""

CAPTION = (
    "What it took until the validation negative ELBO first was at or below the target, the median over methods of "
    "their mean at the end: medians over the seeds that reached it. Evaluations: of the cost, per example. "
    "The resolution is that of runner.evaluate_every."
)


def to_target(comparison: Comparison, curves: pd.DataFrame) -> pd.DataFrame:
    """One row per task, data set and method: the target and the medians over seeds, NaN where no seed reached it.

    The target is one that half of the methods reach with their mean, so that the table tells something of any set.
    """
    validated = curves[curves["metric"] == METRIC]
    seconds = curves[curves["metric"] == "seconds"].set_index(["cell", "step"])["value"]
    rows: list[dict[str, Any]] = []
    for (task, data), cells in done(comparison.cells).groupby(["task", "data"]):
        # Cells that differ in the m of the final bound alone are one training run.
        cells = cells.drop_duplicates(["method", "seed"])
        own = validated[validated["cell"].isin(cells["cell"])]
        if own.empty:
            continue
        ends = own.sort_values("step").groupby("cell")["value"].last()
        target = float(ends.groupby(cells.set_index("cell")["method"]).mean().median())
        for method, group in cells.groupby("method"):
            reached = pd.DataFrame(_first_times(group, own[own["value"] <= target], seconds))
            medians = reached.median() if len(reached) else pd.Series(dtype=float)
            named = {"task": task, "data": data, "target": target, "method": method}
            counted = {"reached": len(reached), "seeds": len(group)}
            rows.append(named | counted | {key: medians.get(key) for key in ("steps", "evaluations", "seconds")})
    found = pd.DataFrame(rows)
    if found.empty:
        return found
    found = found.astype(dict.fromkeys(("steps", "evaluations", "seconds"), "float64"))
    return found.sort_values(["task", "data", "seconds", "method"], kind="stable", ignore_index=True)


def _first_times(cells: pd.DataFrame, reached: pd.DataFrame, seconds: pd.Series) -> Iterator[dict[str, float]]:
    """For each cell that has a line in ``reached``, the first of them."""
    first = reached.groupby("cell")["step"].min()
    for cell, evaluations in zip(cells["cell"], cells["cost_evaluations"], strict=True):
        if cell in first.index:
            step = int(first[cell])
            known = float("nan") if pd.isna(evaluations) else float(evaluations)
            yield {"steps": step, "evaluations": step * known, "seconds": seconds.get((cell, step), float("nan"))}


def write_targets(found: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes ``targets.csv`` and ``targets.md``."""
    with replacing(folder / "targets.csv") as path:
        found.to_csv(path, index=False)
    with replacing(folder / "targets.md") as path:
        path.write_text(as_markdown(as_table(found)), encoding="utf-8")
    return [folder / "targets.csv", folder / "targets.md"]


def as_table(found: pd.DataFrame) -> Table:
    rows = [[_words(name, value) for name, value in row.items()] for row in found.to_dict("records")]
    return Table([(str(name),) for name in found], [list(row) for row in rows], [], CAPTION)


def _words(name: object, value: Any) -> str:
    if str(name) not in DECIMALS:
        return str(value)
    return "" if pd.isna(value) else f"{value:,.{DECIMALS[str(name)]}f}"
