"""The cost of a training step, compared with its matrix products alone and with other programs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

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
from results.writing.tables import Table, filled, in_digits

REFERENCE = "gumbel_softmax"
"""The estimator whose step is timed in turn with every other, and which the other programs implement."""

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

PEERS = {
    "tutorial": "plain PyTorch as in tutorials",
    "careful": "carefully written PyTorch",
    "torch_compile": "the same under torch.compile",
    "jax": "JAX",
}
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
        name: Column(
            "number",
            f"ratio of times: {name.replace('_by_', ' / ')}, see docs/performance.md",
            "",
            2,
            tuple(name.replace("_by_", "\n/ ").replace("_", " ").split("\n")),
        )
        for name in RATIOS
    },
    "speed_up_side_by_side": Column("number", "total speed of two processes in parallel over that of one", "", 2),
    "harness_share": Column("number", "share of a step outside forward, backward and optimizer", "", 3),
    "step_memory_mb": Column("number", "memory of a step", "MB", 0),
}


class Part(NamedTuple):
    """A table with some of the columns, for the cells that have any of them."""

    title: str
    columns: tuple[str, ...]
    caption: str


PARTS = (
    Part(
        "a step and its phases",
        (
            *("cost_evaluations", "steps_per_second", "step_ms", "data_ms", "forward_ms", "backward_ms"),
            *("optimizer_ms", "harness_ms", "harness_share", "step_memory_mb", "speed_up_side_by_side"),
        ),
        "Milliseconds per step, medians over repetitions in which all programs were timed in turn. harness share: the "
        "share of the step outside forward, backward and optimizer.",
    ),
    Part(
        "compared with matrix products and the reference",
        (
            *("floor_ms", "step_by_floor", "reference_ms", "step_by_reference", "compiled_ms", "compiled_by_step"),
            *("compiled_by_floor", "graph_ms", "graph_by_floor", "bound_ms", "bound_floor_ms", "bound_by_floor"),
        ),
        "Milliseconds, and medians of the ratios within repetitions. floor: the step's matrix products alone; "
        f"reference: the step with the reference estimator, {REFERENCE}; compiled: the step as one compiled function; "
        "graph: the step as a CUDA graph; bound: the m-sample bound of a few images.",
    ),
    Part(
        "compared with other programs",
        tuple(name for peer in PEERS for name in (f"{peer}_ms", f"step_by_{peer}", f"compiled_by_{peer}")),
        "Milliseconds of the same step in other programs, and medians of the ratios within repetitions. tutorial, "
        "careful: plain PyTorch; torch compile: careful, with its model under torch.compile; jax: JAX.",
    ),
)
"""The tables; all columns in one would be too wide for a page or a terminal."""


def section(experiment: Experiment) -> Section | None:
    measured = speed(experiment.of(SPEED))
    if measured.empty:
        return None
    data = {"speed": Data(measured, COLUMNS, ("csv", "json"))}
    tables, figures = speed_tables(measured, experiment.label), speed_figures(measured, experiment.label)
    found = list(cheapest_steps(measured, experiment.label))
    return Section("speed", "Speed", tables, figures, data, printed=True, found=found)


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


def speed_tables(measured: pd.DataFrame, label: Label = str) -> list[Table]:
    """A table for each of :data:`PARTS`; the notes of the last one name the targets that are missed, and why."""
    names = ["estimator", "task", *(name for name in ("data", "device") if measured[name].nunique() > 1)]
    labelled, tables = measured.assign(estimator=measured["estimator"].map(label)), list[Table]()
    for part in PARTS:
        known = [name for name in part.columns if name in measured]
        rows = labelled.dropna(subset=known, how="all")
        if known and len(rows):
            tables.append(Table(rows[[*names, *known]], COLUMNS, part.title, part.caption))
    return [*tables[:-1], replace(tables[-1], notes=notes(measured, label))]


def cheapest_steps(measured: pd.DataFrame, label: Label = str) -> Iterator[str]:
    """For each task and device the cheapest and the most expensive step, and what steps take when they are compiled."""
    for (task, device), rows in measured.groupby(["task", "device"], sort=False):
        place = f"{task} on {device}" if measured["device"].nunique() > 1 else task
        cheapest, dearest = _step(rows.nsmallest(1, "step_ms"), label), _step(rows.nlargest(1, "step_ms"), label)
        if len(rows) == 1:
            said = f"{place}: a step with {cheapest}."
        else:
            said = (
                f"{place}: of {len(rows)} estimators, {cheapest} has the cheapest step, {dearest} the most expensive."
            )
        yield " ".join([said, *_compiled(rows, label)])


def _step(row: pd.DataFrame, label: Label) -> str:
    """``REBAR (12.0 ms, 2.88 times a step of Gumbel-Softmax)``, whose steps were timed in turn with its own."""
    first = row.iloc[0]
    time, ratio = first["step_ms"], first.get("step_by_reference", math.nan)
    times = "" if first["estimator"] == REFERENCE or pd.isna(ratio) else f", {ratio:.2f} times {label(REFERENCE)}"
    return f"{label(first['estimator'])} ({in_digits(time, 0 if time >= 100 else 1)} ms{times})"


def _compiled(rows: pd.DataFrame, label: Label) -> Iterator[str]:
    """The time of compiled steps as a part of that of the steps, and of other programs with :data:`REFERENCE`."""
    ratios = filled(rows.filter(like="compiled_by_"))
    if "compiled_by_step" in ratios:
        low, high = (f"{ratios['compiled_by_step'].agg(end):.2f}" for end in ("min", "max"))
        yield f"Compiled, a step takes {low if low == high else f'{low} to {high}'} of its time."
    reference = filled(ratios[rows["estimator"] == REFERENCE])
    peers = [
        f"{reference[f'compiled_by_{peer}'].iloc[0]:.2f} of {words}"
        for peer, words in PEERS.items()
        if f"compiled_by_{peer}" in reference
    ]
    if peers:
        yield f"With {label(REFERENCE)} the compiled step takes, of the time of other programs: {', '.join(peers)}."
