"""What it takes to reach a bound: steps, cost evaluations and seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.curves import METRIC
from results.reading.statuses import DONE, LOST
from results.sections.section import Section
from results.statistics.blocks import largest_block
from results.writing.columns import NATS, SECONDS, SEEDS, STEPS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table, filled

COLUMNS: Columns = {
    "target": Column("number", "validation negative ELBO to be reached, from one code per example", NATS, 2),
    "reached": Column("integer", "seeds that got there", SEEDS),
    "seeds": Column("integer", "compared", SEEDS),
    "steps": Column("number", "median over seeds; empty where half did not get there", STEPS, 0),
    "evaluations": Column("number", "median of cost evaluations per example", "evaluations", 0),
    "seconds": Column("number", "median of training time", SECONDS, 1),
}

KINDS = ["steps", "evaluations", "seconds"]

CAPTION = (
    "What it took until the validation negative ELBO, estimated from one code per example, first was at or below "
    "the target: the median over the seeds that all methods have in common, where a seed that did not get there, "
    "or was lost, counts as later than all others; nothing where half of them did not. The target is the "
    "median over methods of their mean at the end. Evaluations: of the cost, per example. The resolution is that "
    "of runner.evaluate_every."
)


def section(experiment: Experiment) -> Section | None:
    found = to_target(experiment.comparison, experiment.results.curves)
    if found.empty:
        return None
    tables = [target_table(found, experiment.comparison)]
    return Section("targets", "To a target", tables, data={"targets": Data(found, COLUMNS)})


def to_target(comparison: Comparison, curves: pd.DataFrame) -> pd.DataFrame:
    """One row per task, data set and method with its chosen setting: the target and the medians, NaN where not reached.

    The target is one that half of the methods reach with their mean, so that the table tells something of any set.
    """
    validated = curves[curves["metric"] == METRIC]
    seconds = curves[curves["metric"] == "seconds"].set_index(["cell", "step"])["value"]
    rows: list[dict[str, Any]] = []
    for training, choices in comparison.trainings.items():
        cells = {choice.method: _validated(choice.chosen, validated) for choice in choices}
        methods, common = largest_block({name: set(found["seed"]) for name, found in cells.items()})
        compared = {name: cells[name][cells[name]["seed"].isin(list(common))] for name in methods}
        ends = [mean for found in compared.values() if not np.isnan(mean := _mean_end(found, validated))]
        if not ends:
            continue
        target = float(np.median(ends))
        named = dict(zip(("task", "data", "conditions"), training, strict=True)) | {"target": target}
        reached = validated[validated["value"] <= target].groupby("cell")["step"].min()
        for choice in choices:
            if choice.method in compared:
                first = pd.DataFrame(_first_times(compared[choice.method], reached, seconds), columns=KINDS)
                told = {"method": choice.method, "setting": choice.setting or ""}
                counted = {"reached": int(first["steps"].lt(np.inf).sum()), "seeds": len(first)}
                rows.append(named | told | counted | {kind: _median(first[kind]) for kind in KINDS})
    found = pd.DataFrame(rows)
    if found.empty:
        return found
    return found.sort_values(["task", "data", "conditions", "steps", "method"], kind="stable", ignore_index=True)


def _validated(cells: pd.DataFrame, validated: pd.DataFrame) -> pd.DataFrame:
    """The cells whose outcome is known: those that are done, with a curve, and those that are lost."""
    done = (cells["status"] == DONE) & cells["cell"].isin(validated["cell"])
    return cells[(done | cells["status"].isin(LOST)) & cells["seed"].notna()]


def _mean_end(cells: pd.DataFrame, validated: pd.DataFrame) -> float:
    """The mean over the seeds that are done of the last validation."""
    own = validated[validated["cell"].isin(cells.loc[cells["status"] == DONE, "cell"])]
    return float(own.sort_values("step").groupby("cell")["value"].last().mean())


def _first_times(cells: pd.DataFrame, reached: pd.Series, seconds: pd.Series) -> Iterator[tuple[float, float, float]]:
    """For each cell the first time that it was at the target; infinity where it never was."""
    for cell, status, evaluations in zip(cells["cell"], cells["status"], cells["cost_evaluations"], strict=True):
        if status == DONE and cell in reached.index:
            step = int(reached[cell])
            known = np.nan if pd.isna(evaluations) else float(evaluations)
            yield step, step * known, float(seconds.get((cell, step), np.nan))
        else:
            yield np.inf, np.inf, np.inf


def _median(times: pd.Series) -> float:
    """Where half of the seeds are at the target; NaN where fewer got there, or where a time is not known."""
    if times.isna().any():
        return np.nan
    middle = float(np.sort(times.to_numpy(dtype=float))[(len(times) - 1) // 2 :][: 2 - len(times) % 2].mean())
    return middle if np.isfinite(middle) else np.nan


def target_table(found: pd.DataFrame, comparison: Comparison) -> Table:
    shown = found.astype({"setting": "str"}).assign(method=found["method"].map(comparison.label))
    return Table(filled(shown), COLUMNS, "To a target", CAPTION)
