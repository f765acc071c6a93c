"""What a training step costs, beside what it must cost: data frame and table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from results.reading.collect import Results
from results.sections.speed_targets import notes
from results.writing.tables import Marked, Table

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


def speed(results: Results) -> pd.DataFrame:
    """One row a cell that is done: estimator, task, data, device, and the columns of :data:`DECIMALS`."""
    cells = results.cells[results.cells["status"] == "done"]
    names = [name for name in DECIMALS if name in cells]
    found = cells[["estimator", "task", "data", "device", *names]].copy()
    for name in names:
        found[name] = pd.to_numeric(found[name], errors="coerce").astype("float64")
    return found.sort_values(["task", "device", "step_ms"], kind="stable", ignore_index=True)


def as_table(measured: pd.DataFrame) -> Table:
    """The table with one row a cell; its notes name the targets that are missed, and why."""
    shown = [name for name in measured if name != "device" or measured["device"].nunique() > 1]
    rows = [[_words(str(name), row[name]) for name in shown] for row in measured.to_dict("records")]
    headings = [(str(name).removesuffix("_ms").replace("_", " "),) for name in shown]
    return Table(headings, [list(row) for row in rows], notes(measured), CAPTION)


def _words(name: str, value: Any) -> str | Marked:
    if name not in DECIMALS:
        return str(value)
    return "" if pd.isna(value) else Marked(f"{value:,.{DECIMALS[name]}f}", number=float(value))
