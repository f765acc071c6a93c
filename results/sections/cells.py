"""The cells and their curves, as they were read: what all else is made from."""

from __future__ import annotations

from results.experiment import Experiment
from results.reading.collect import Results
from results.sections.section import Section
from results.writing.columns import NATS, PLACES, SAMPLES, STEPS, Column, Columns
from results.writing.frames import Data

CELLS: Columns = {
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
    "compile_seconds": Column("number", "spent on compiling the step, which steps_per_second leaves out", "s"),
    "peak_memory_mb": Column("number", "highest memory of the process, or of the GPU for a cell on one", "MB"),
    "reason": Column("string", "why a cell is not done"),
    "folder": Column("string", "of the cell"),
    "label": Column("string", "what readers call the estimator"),
    "short_label": Column("string", "what they call it where there is little room"),
    "objective": Column("string", "what the estimator minimises"),
    "started": Column("string", "when the cell began, UTC"),
    "experiment": Column("string", "that the cell was asked for by"),
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
}

CURVES: Columns = {
    "cell": Column("string", "as in cells"),
    "step": Column("integer", "parameter updates made", STEPS),
    "metric": Column("string", "what was measured"),
    "value": Column("number", "of the metric, in nats, seconds or none"),
}


def section(experiment: Experiment) -> Section:
    return Section("cells", "Cells", data=frames(experiment.results))


def frames(results: Results) -> dict[str, Data]:
    """Both data frames, by the names of their files."""
    columns = {str(name): _column(str(name)) for name in results.cells if name not in PLACES}
    kinds = ("csv", "parquet")
    return {"cells": Data(results.cells, columns, kinds), "curves": Data(results.curves, CURVES, kinds)}


def _column(name: str) -> Column:
    """What every folder's cells have, or one of their configuration, or of their task's scores."""
    if name in CELLS:
        return CELLS[name]
    if "." in name:
        return Column("any", f"the configuration's {name}; lists as JSON text, empty where a cell has no such key")
    return Column("any", "a further entry of the cells' records, or score of their task")
