"""What a training step costs, beside what it must cost: data frame, table and targets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from results.collect import Results
from results.files import replacing
from results.formats import as_markdown
from results.table import Table

TIMES = (
    "step",
    "data",
    "forward",
    "backward",
    "optimizer",
    "harness",
    "floor",
    "reference",
    "baseline",
    "graph",
    "bound",
    "bound_floor",
)
"""What cells have milliseconds of, in columns with ``_ms``."""

RATIOS = (
    "step_by_floor",
    "step_by_reference",
    "step_by_baseline",
    "graph_by_floor",
    "bound_by_floor",
    "speed_up_side_by_side",
    "harness_share",
)

DECIMALS = {
    "cost_evaluations": 0,
    "steps_per_second": 0,
    **{f"{name}_ms": 3 for name in TIMES},
    **dict.fromkeys(RATIOS, 2),
    "harness_share": 3,
    "step_memory_mb": 0,
}
"""Of the columns of numbers."""

CAPTION = (
    "Milliseconds per step, medians over repetitions in which everything was timed in turn; ratios are medians over "
    "the same repetitions. floor: the step's matrix products alone; reference: the step with the reference estimator, "
    "gumbel_softmax; baseline: that of another program, a plain PyTorch script; graph: the step as a CUDA graph; "
    "bound: the m-sample bound of a few images; harness share: of the step, all but forward, backward and optimizer."
)

ONE_EVALUATION, EACH_OF_MORE = 1.25, 1.1
"""Steps with one evaluation of the cost and with several, at most so many times that of the reference: each."""


class Target(NamedTuple):
    """A ratio that a cell is held to, and what it came to."""

    cell: str
    statement: str
    found: float
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.found >= self.limit if self.at_least else self.found <= self.limit

    def __str__(self) -> str:
        bound = "at least" if self.at_least else "at most"
        return f"{self.cell}, {self.statement}: {self.found:.3g} ({bound} {self.limit:.3g})"


def speed(results: Results) -> pd.DataFrame:
    """One row a cell that is done: estimator, task, data, device, and the columns of :data:`DECIMALS`."""
    cells = results.cells[results.cells["status"] == "done"]
    names = [name for name in DECIMALS if name in cells]
    found = cells[["estimator", "task", "data", "device", *names]].copy()
    for name in names:
        found[name] = pd.to_numeric(found[name], errors="coerce").astype("float64")
    return found.sort_values(["task", "device", "step_ms"], kind="stable", ignore_index=True)


def targets(measured: pd.DataFrame) -> Iterator[Target]:
    """What docs/performance.md promises of each row, where the row has the number."""
    for row in measured.to_dict("records"):
        cell = f"{row['estimator']} on {row['task']}"
        evaluations = row["cost_evaluations"]
        limit = ONE_EVALUATION if evaluations == 1 else EACH_OF_MORE * evaluations
        found: list[tuple[str, Any, float]] = [
            (f"step / gumbel_softmax, {evaluations:.0f} evaluations", row.get("step_by_reference"), limit),
            ("harness share", row.get("harness_share"), 0.03),
            ("bound / its products", row.get("bound_by_floor"), 1.5),
        ]
        if row["estimator"] == "gumbel_softmax":
            found += [("step / floor", row.get("step_by_floor"), 2.0)]
            found += [("step / plain script", row.get("step_by_baseline"), 0.75)]
        yield from (Target(cell, what, value, limit) for what, value, limit in found if not pd.isna(value))
        if not pd.isna(together := row.get("speed_up_side_by_side")):
            yield Target(cell, "two side by side / one", together, 1.85, at_least=True)


def as_table(measured: pd.DataFrame) -> Table:
    """The table with one row a cell; its notes name the targets that are missed."""
    shown = [name for name in measured if name != "device" or measured["device"].nunique() > 1]
    rows = [[_words(str(name), row[name]) for name in shown] for row in measured.to_dict("records")]
    held = list(targets(measured))
    missed = [f"missed: {target}" for target in held if not target.met]
    notes = [f"{len(held) - len(missed)} of {len(held)} targets are met", *missed]
    headings = [(str(name).removesuffix("_ms").replace("_", " "),) for name in shown]
    return Table(headings, [list(row) for row in rows], notes, CAPTION)


def write_speed(measured: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes ``speed.csv``, ``speed.json`` and ``speed.md``."""
    paths = [folder / f"speed.{suffix}" for suffix in ("csv", "json", "md")]
    with replacing(paths[0]) as path:
        measured.to_csv(path, index=False)
    with replacing(paths[1]) as path:
        measured.to_json(path, orient="records", indent=1)
    with replacing(paths[2]) as path:
        path.write_text(as_markdown(as_table(measured)), encoding="utf-8")
    return paths


def _words(name: str, value: Any) -> str:
    if name not in DECIMALS:
        return str(value)
    return "" if pd.isna(value) else f"{value:,.{DECIMALS[name]}f}"
