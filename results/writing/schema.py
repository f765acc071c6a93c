"""What every column of every CSV file means: one vocabulary, as a Frictionless data package beside the files.

Format: https://specs.frictionlessdata.io/tabular-data-package (Table Schema).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, NamedTuple

from runners.cells.files import write_atomically

NAME = "datapackage.json"


class Column(NamedTuple):
    """Its type in the words of Table Schema, and what it holds, with the unit of a number."""

    type: str
    description: str
    unit: str = ""


NATS, STEPS, SECONDS, SEEDS, SAMPLES, SETTINGS = "nats", "steps", "s", "seeds", "samples", "settings"

PLACES = {
    "task": Column("string", "name of the task"),
    "data": Column("string", "name of the data set, with its binarisation"),
    "conditions": Column("string", "what else tells problems of this task and data set apart, such as steps=20000"),
    "bound_samples": Column("integer", "m of the bound on the test set", SAMPLES),
    "method": Column("string", "name of the method: its estimator, with the objective where that is another one"),
    "setting": Column("string", "values of the settings that vary for the method on the task; empty where none does"),
    "estimator": Column("string", "name of the estimator"),
    "seed": Column("integer", "of initial weights, order of the data, estimator noise and evaluation"),
    "score": Column("string", "which test score: negative_bound in nats, or a further one of the task"),
}
"""By which tables join."""

COLUMNS: dict[str, dict[str, Column]] = {
    "cells": {
        "cell": Column("string", "identity: a hash of all that determines the numbers; empty for missing cells"),
        "status": Column("string", "how the cell ended, or where it is"),
        "step": Column("integer", "parameter updates made", STEPS),
        "negative_elbo": Column("number", "negative ELBO on the test set", NATS),
        "negative_bound": Column("number", "negative m-sample bound on the test set", NATS),
        "valid_negative_elbo": Column("number", "negative ELBO on the validation set, from m codes per example", NATS),
        "valid_negative_bound": Column("number", "negative m-sample bound on the validation set", NATS),
        "valid_samples": Column("integer", "m of the bound on the validation set", SAMPLES),
        "cost_evaluations": Column("integer", "codes per example and step that the cost is evaluated at"),
        "steps_per_second": Column("number", "of training, without evaluation", "steps/s"),
        "peak_memory_mb": Column("number", "highest memory of the process, or of the GPU for a cell on one", "MB"),
        "reason": Column("string", "why a cell is not done"),
        "folder": Column("string", "of the cell"),
        "objective": Column("string", "what the estimator minimises"),
        "finished": Column("string", "when the cell ended, UTC"),
        "estimator_version": Column("integer", "of the estimator's class, raised when its numbers change"),
        "task_version": Column("integer", "of the task's class, raised when its numbers change"),
        "torch_version": Column("string", "of PyTorch"),
        "commit": Column("string", "of the code"),
        "processor": Column("string", "what computed: the GPU for a cell on one, else the processor"),
        "same_as": Column("string", "the estimator that this one is on this task"),
        "device": Column("string", "as configured"),
        "threads": Column("integer", "as configured"),
        "output": Column("string", "as configured"),
    },
    "curves": {
        "cell": Column("string", "as in cells"),
        "step": Column("integer", "parameter updates made", STEPS),
        "metric": Column("string", "what was measured"),
        "value": Column("number", "of the metric, in nats, seconds or none"),
    },
    "statistics": {
        "seeds": Column("integer", "with a score, among those compared", SEEDS),
        "lost": Column("integer", "without a score, which counts against the method", SEEDS),
        "mark": Column("string", "best, tie for what is not told apart from the best, or empty"),
        "compared": Column("boolean", "false where too few seeds are common with the others"),
        "mean": Column("number", "over seeds, in the unit of the score"),
        "deviation": Column("number", "standard deviation over seeds, n - 1 in its denominator"),
        "median": Column("number", "over seeds"),
        "interquartile_mean": Column("number", "mean of the middle half of the seeds"),
        "best": Column("string", "the method that the difference is to"),
        "paired_seeds": Column("integer", "that both methods have", SEEDS),
        "difference": Column("number", "to the best, seed by seed, in the unit of the score"),
        "p": Column("number", "of the paired t-test, times the number of differences"),
    },
    "across": {
        "problems": Column("integer", "that all methods have", "problems"),
        "seeds": Column("integer", "that all methods have on all problems", SEEDS),
        "lost": Column("integer", "problems and seeds without a score", "pairs"),
        "difference": Column("number", "to the first method, mean over problems, in the unit of the score"),
        "p": Column("number", "of the paired t-test, times the number of differences"),
        "relative_gap": Column("number", "median gap to the best, 1 for an ordinary method; inf where most are lost"),
        "rank": Column("number", "mean over problems and seeds, 1 the best; from four problems on"),
        "improvement": Column("number", "share of problems and seeds on which it beats the first method"),
    },
    "targets": {
        "target": Column("number", "validation negative ELBO to be reached, from one code per example", NATS),
        "reached": Column("integer", "seeds that got there", SEEDS),
        "seeds": Column("integer", "compared", SEEDS),
        "steps": Column("number", "median over seeds; empty where half did not get there", STEPS),
        "evaluations": Column("number", "median of cost evaluations per example", "evaluations"),
        "seconds": Column("number", "median of training time", SECONDS),
    },
    "selected": {
        "mean": Column("number", "test bound over the seeds compared", NATS),
        "deviation": Column("number", "standard deviation over these seeds", NATS),
        "seeds": Column("integer", "with a test bound, among those compared", SEEDS),
        "lost": Column("integer", "without, which counts against the method", SEEDS),
        "mark": Column("string", "best, tie, or empty, as in statistics"),
        "chosen_by": Column("string", "the validation score that chose"),
        "validation": Column("number", "its mean", NATS),
        "validation_seeds": Column("integer", "that the settings were compared on", SEEDS),
        "settings_competed": Column("integer", "that could be chosen", SETTINGS),
        "settings_tried": Column("integer", "there are, done or not", SETTINGS),
        "complete": Column("boolean", "false while a setting or a seed is still to come"),
    },
    "grid": {
        "chosen": Column("boolean", "whether it is the setting that was chosen on validation"),
        "validation": Column("number", "mean validation score, of settings that could be chosen", NATS),
        "mean": Column("number", "test bound over the seeds that are done", NATS),
        "deviation": Column("number", "standard deviation over these seeds", NATS),
        "seeds": Column("integer", "that are done", SEEDS),
        "lost": Column("integer", "that count against it", SEEDS),
        "cells": Column("string", "statuses of its cells"),
    },
    "tuning": {
        "settings": Column("integer", "drawn at random from those that were tried", SETTINGS),
        "expected_bound": Column("number", "expected test bound of the best on validation among them", NATS),
    },
    "gradients": {
        "cell": Column("string", "as in cells"),
        "stage": Column("integer", "steps of training before the measurement", STEPS),
        "temperature": Column("number", "at which an estimator with a schedule was measured"),
        "target": Column("string", "logits, or encoder: whose gradients"),
        "bias": Column("number", "norm of the mean error over the norm of the exact gradient"),
        "variance": Column("number", "trace of the covariance over the squared norm of the exact gradient"),
        "mse": Column("number", "mean squared error over that squared norm"),
        "cosine": Column("number", "mean cosine of one estimate with the exact gradient"),
        "exact_norm": Column("number", "norm of the exact gradient", NATS),
        "draws": Column("integer", "estimates per image"),
        "cost_evaluations": Column("integer", "codes per image that the cost is evaluated at for one estimate"),
        "microseconds": Column("number", "time of one estimate for one image", "µs"),
        "same_as": Column("string", "the estimator that this one is on this task"),
    },
    "scaling": {
        "along": Column("string", "the key of the configuration that grows"),
        "value": Column("integer", "of that key"),
        "outcome": Column("string", "measured, or why not"),
        "reason": Column("string", "why not, in full"),
        "milliseconds": Column("number", "median of whole updates", "ms"),
        "peak_mb": Column("number", "memory of the point's process beyond what it began with", "MB"),
        "steps": Column("integer", "that were timed", STEPS),
        "speed_up": Column("number", "time of enumeration over this time, at the same value"),
    },
    "speed": {
        "device": Column("string", "what computed"),
        "cost_evaluations": Column("number", "codes per example and step that the cost is evaluated at"),
        "steps_per_second": Column("number", "of training", "steps/s"),
        "speed_up_side_by_side": Column("number", "steps of two processes over those of one"),
        "harness_share": Column("number", "of a step, all but forward, backward and optimizer"),
        "step_memory_mb": Column("number", "of a step", "MB"),
    },
}
"""The columns of every file besides :data:`PLACES`, ends of intervals (``_low``, ``_high``), and what is said below."""


def column(table: str, name: str) -> Column | None:
    """What a column of ``table.csv`` holds; None where that is not known."""
    known = PLACES | COLUMNS.get(table, {})
    if name in known:
        return known[name]
    for end, word in (("_low", "lower"), ("_high", "upper")):
        of = column(table, name.removesuffix(end)) if name.endswith(end) else None
        if of is not None:
            return Column("number", f"{word} end of the 95 % interval of {name.removesuffix(end)}", of.unit)
    if table == "speed" and name.endswith("_ms"):
        return Column("number", f"time of a step's {name.removesuffix('_ms')}, see docs/performance.md", "ms")
    if table == "speed" and "_by_" in name:
        return Column("number", f"ratio of times: {name.replace('_by_', ' / ')}, see docs/performance.md")
    if table == "cells" and "." in name:
        return Column("any", f"the configuration's {name}; lists as JSON text, empty where a cell has no such key")
    if table == "cells":
        return Column("any", "a further entry of the cells' records, or score of their task")
    return None


def table_schema(path: Path) -> dict[str, Any]:
    """The schema of a CSV file, column by column.

    Raises:
        KeyError: a column is not described.
    """
    with path.open(newline="", encoding="utf-8") as file:
        names = next(csv.reader(file), [])
    return {"fields": [_field(path.stem, name) for name in names], "missingValues": [""]}


def _field(table: str, name: str) -> dict[str, str]:
    found = column(table, name)
    if found is None:
        raise KeyError(f"{table}.csv: column {name!r} has no description in results/writing/schema.py")
    unit = {"unit": found.unit} if found.unit else {}
    return {"name": name, "type": found.type, "description": found.description, **unit}


def write_schema(folder: Path) -> Path:
    """Writes ``datapackage.json``, which describes every CSV file of the report that lies in the folder."""
    files = [path for path in sorted(folder.glob("*.csv")) if path.stem in COLUMNS]
    resources = [
        {"name": path.stem, "path": path.name, "profile": "tabular-data-resource", "schema": table_schema(path)}
        for path in files
    ]
    package = {"profile": "tabular-data-package", "name": "gumbel-bench-results", "resources": resources}
    write_atomically(folder / NAME, json.dumps(package, indent=1, ensure_ascii=False) + "\n")
    return folder / NAME
