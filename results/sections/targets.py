"""The cost of reaching a target: steps, cost evaluations and seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment
from results.reading.curves import METRIC
from results.reading.order import sorted_by
from results.reading.statuses import DONE, LOST
from results.sections.section import Section
from results.statistics.blocks import largest_block
from results.writing.columns import NATS, SECONDS, SEEDS, STEPS, Column, Columns
from results.writing.frames import Data
from results.writing.tables import Table, filled

COLUMNS: Columns = {
    "target": Column("number", "validation negative ELBO to be reached, from one code per example", NATS, 2),
    "reached": Column("integer", "seeds that reached the target", SEEDS),
    "seeds": Column("integer", "seeds compared", SEEDS),
    "steps": Column("number", "median over seeds; empty unless more than half reached the target", STEPS, 0),
    "evaluations": Column("number", "median number of cost evaluations per example", "evaluations", 0),
    "seconds": Column("number", "median training time", SECONDS, 1),
}

KINDS = ["steps", "evaluations", "seconds"]

CAPTION = (
    "Steps, cost evaluations per example and training time until the validation negative ELBO, estimated from one code "
    "per example, was first at or below the target: medians over the seeds that all compared methods share. A seed "
    "that did not reach the target, or was lost, counts as later than all others; entries are empty unless more than "
    "half of the seeds reached it. The target is the median over methods of their mean at the end of training. "
    "The resolution is runner.evaluate_every."
)


def section(experiment: Experiment) -> Section | None:
    frame = to_target(experiment.comparison, experiment.results.curves)
    if frame.empty:
        return None
    tables = [target_table(frame, experiment.comparison)]
    return Section("targets", "To a target", tables, data={"targets": Data(frame, COLUMNS)})


def to_target(comparison: Comparison, curves: pd.DataFrame) -> pd.DataFrame:
    """One row per task, data set and method with its chosen setting: the target and the medians, NaN if not reached.

    The target is the median over methods of their final mean, so that about half of the methods reach it.
    """
    validated = curves[curves["metric"] == METRIC]
    last = validated.sort_values("step").groupby("cell")["value"].last()
    timed = curves[curves["metric"] == "seconds"].drop_duplicates(["cell", "step"])
    seconds = timed.set_index(["cell", "step"])["value"]
    rows: list[dict[str, Any]] = []
    for training, choices in comparison.trainings.items():
        cells = {choice.method: _validated(choice.chosen, last) for choice in choices}
        methods, common = largest_block({name: set(known["seed"]) for name, known in cells.items()})
        compared = {name: cells[name][cells[name]["seed"].isin(list(common))] for name in methods}
        ends = [mean for known in compared.values() if not np.isnan(mean := _mean_end(known, last))]
        if not ends:
            continue
        target = float(np.median(ends))
        place = dict(zip(("task", "data", "conditions"), training, strict=True)) | {"target": target}
        of_training = validated["cell"].isin(pd.concat([known["cell"] for known in compared.values()]))
        reached = validated[of_training & (validated["value"] <= target)].groupby("cell")["step"].min()
        times = seconds.reindex(pd.MultiIndex.from_arrays([reached.index, reached])).set_axis(reached.index)
        for choice in choices:
            if choice.method in compared:
                first = pd.DataFrame(_first_times(compared[choice.method], reached, times), columns=KINDS)
                method = {"method": choice.method, "setting": choice.setting or ""}
                counts = {"reached": int(first["steps"].lt(np.inf).sum()), "seeds": len(first)}
                rows.append(place | method | counts | {kind: _median(first[kind]) for kind in KINDS})
    frame = pd.DataFrame(rows)
    if frame.empty:
        return frame
    return sorted_by(frame, "task", "data", "conditions", "steps", "method")


def _validated(cells: pd.DataFrame, last: pd.Series) -> pd.DataFrame:
    """The cells whose outcome is known: those that are done, with a curve, and those that are lost."""
    done = (cells["status"] == DONE) & cells["cell"].isin(last.index)
    return cells[(done | cells["status"].isin(LOST)) & cells["seed"].notna()]


def _mean_end(cells: pd.DataFrame, last: pd.Series) -> float:
    """The last validation score, given for each cell, averaged over the seeds that are done."""
    return float(last[last.index.isin(cells.loc[cells["status"] == DONE, "cell"])].mean())


def _first_times(cells: pd.DataFrame, reached: pd.Series, times: pd.Series) -> Iterator[tuple[float, float, float]]:
    """For each cell the steps, evaluations and seconds until it first reached the target; infinity if it never did.

    Args:
        cells: the cells of one method.
        reached: the step at which the target was first reached, by cell.
        times: the seconds of training at that step, by cell.
    """
    for cell, status, evaluations in zip(cells["cell"], cells["status"], cells["cost_evaluations"], strict=True):
        if status == DONE and cell in reached.index:
            step = int(reached[cell])
            known = np.nan if pd.isna(evaluations) else float(evaluations)
            yield step, step * known, float(times[cell])
        else:
            yield np.inf, np.inf, np.inf


def _median(times: pd.Series) -> float:
    """The median over seeds; NaN unless more than half of the seeds reached the target, or if a time is unknown."""
    if times.isna().any():
        return np.nan
    middle = float(np.sort(times.to_numpy(dtype=float))[(len(times) - 1) // 2 :][: 2 - len(times) % 2].mean())
    return middle if np.isfinite(middle) else np.nan


def target_table(frame: pd.DataFrame, comparison: Comparison) -> Table:
    shown = frame.astype({"setting": "str"}).assign(method=frame["method"].map(comparison.label))
    return Table(filled(shown), COLUMNS, "To a target", CAPTION)
