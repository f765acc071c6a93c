"""The cost of a training step, compared with its matrix products alone and with other programs."""

from __future__ import annotations

import pandas as pd

from results.experiment import SPEED, Experiment
from results.figures.speed import speed_figures
from results.reading.collect import Results
from results.reading.labels import Label
from results.reading.order import sorted_by
from results.reading.statuses import DONE
from results.sections.section import Section
from results.sections.speed_targets import notes
from results.writing.columns import Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table

TIMES = (
    "step",
    "data",
    "forward",
    "backward",
    "optimizer",
    "harness",
    "floor",
    "reference",
    "tutorial",
    "careful",
    "torch_compile",
    "jax",
    "compiled",
    "graph",
    "bound",
    "bound_floor",
)
"""The times that cells have, in milliseconds, in columns that end in ``_ms``."""

PEERS = ("tutorial", "careful", "torch_compile", "jax")
"""Other programs that do the same step."""

RATIOS = (
    "step_by_floor",
    "step_by_reference",
    *(f"step_by_{peer}" for peer in PEERS),
    "compiled_by_floor",
    "compiled_by_step",
    *(f"compiled_by_{peer}" for peer in PEERS),
    "graph_by_floor",
    "bound_by_floor",
)
"""Ratios of these times."""

COLUMNS: Columns = {
    "device": Column("string", "device, as configured"),
    "cost_evaluations": Column("number", "codes per example and step at which the cost is evaluated", "", 0),
    "steps_per_second": Column("number", "training speed", "steps/s", 0),
    **{
        f"{name}_ms": Column(
            "number",
            f"time per step, {name.replace('_', ' ')}: see docs/performance.md",
            "ms",
            3,
            (name.replace("_", " "),),
        )
        for name in TIMES
    },
    **{
        name: Column("number", f"ratio of times: {name.replace('_by_', ' / ')}, see docs/performance.md", "", 2)
        for name in RATIOS
    },
    "speed_up_side_by_side": Column("number", "total speed of two processes in parallel over that of one", "", 2),
    "harness_share": Column("number", "share of a step outside forward, backward and optimizer", "", 3),
    "step_memory_mb": Column("number", "memory of a step", "MB", 0),
}

CAPTION = (
    "Milliseconds per step, medians over repetitions in which all programs were timed in turn; ratios are medians of "
    "the ratios within repetitions. floor: the step's matrix products alone; reference: the step with the reference "
    "estimator, gumbel_softmax; tutorial, careful, torch compile, jax: the same step in other programs, in plain "
    "PyTorch, with its model under torch.compile, and in JAX; compiled: the step as one compiled function; graph: the "
    "step as a CUDA graph; bound: the m-sample bound of a few images; harness share: the share of the step outside "
    "forward, backward and optimizer."
)


def section(experiment: Experiment) -> Section | None:
    measured = speed(experiment.of(SPEED))
    if measured.empty:
        return None
    data = {"speed": Data(measured, COLUMNS, ("csv", "json"))}
    tables, figures = [speed_table(measured, experiment.label)], speed_figures(measured, experiment.label)
    return Section("speed", "Speed", tables, figures, data, printed=True)


def speed(results: Results) -> pd.DataFrame:
    """One row per cell that is done: estimator, task, data, and the available :data:`COLUMNS`; empty if nothing was
    measured."""
    cells = results.cells[results.cells["status"] == DONE]
    if "step_ms" not in cells:
        return pd.DataFrame()
    names = [name for name in COLUMNS if name in cells and name != "device"]
    measured = cells[["estimator", "task", "data", "device", *names]].copy()
    for name in names:
        measured[name] = pd.to_numeric(measured[name], errors="coerce").astype("float64")
    return sorted_by(measured, "task", "device", "step_ms")


def speed_table(measured: pd.DataFrame, label: Label = str) -> Table:
    """The table, one row per cell; its notes name the targets that are missed, and why."""
    shown = measured.assign(estimator=measured["estimator"].map(label))
    shown = shown if measured["device"].nunique() > 1 else shown.drop(columns="device")
    return Table(shown, COLUMNS, description=CAPTION, notes=notes(measured, label))
