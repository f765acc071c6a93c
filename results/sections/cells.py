"""The cells and their curves as data frames, from which all other sections are made."""

from __future__ import annotations

from results.experiment import Experiment
from results.reading.collect import Results
from results.sections.section import Section
from results.writing.columns import NATS, PLACES, SAMPLES, STEPS, Column, Columns
from results.writing.frames import Data

CELLS: Columns = {
    "cell": Column("string", "id: a hash of everything that determines the cell's numbers; empty for missing cells"),
    "status": Column("string", "how the cell ended, or its present state"),
    "step": Column("integer", "number of parameter updates", STEPS),
    "negative_elbo": Column("number", "negative ELBO on the test set", NATS),
    "negative_bound": Column("number", "negative m-sample bound on the test set", NATS),
    "valid_negative_elbo": Column("number", "negative ELBO on the validation set, from m codes per example", NATS),
    "valid_negative_bound": Column("number", "negative m-sample bound on the validation set", NATS),
    "valid_samples": Column("integer", "m of the bound on the validation set", SAMPLES),
    "cost_evaluations": Column("integer", "codes per example and step at which the cost is evaluated"),
    "steps_per_second": Column("number", "training speed, without evaluation", "steps/s"),
    "compile_seconds": Column("number", "time spent compiling the step, not counted in steps_per_second", "s"),
    "peak_memory_mb": Column("number", "peak memory of the process, or of the GPU for a cell on one", "MB"),
    "reason": Column("string", "why the cell is not done"),
    "folder": Column("string", "name of the cell's folder"),
    "label": Column("string", "label of the estimator in tables and figures"),
    "short_label": Column("string", "label of the estimator where space is short"),
    "objective": Column("string", "what the estimator minimises"),
    "started": Column("string", "when the cell began, UTC"),
    "experiment": Column("string", "the experiment that the cell was run for"),
    "finished": Column("string", "when the cell ended, UTC"),
    "estimator_version": Column("integer", "version of the estimator's class, raised when its numbers change"),
    "task_version": Column("integer", "version of the task's class, raised when its numbers change"),
    "torch_version": Column("string", "version of PyTorch"),
    "commit": Column("string", "commit of the code"),
    "processor": Column("string", "the hardware: the GPU for a cell on one, else the processor"),
    "same_as": Column("string", "the estimator that this one coincides with on this task"),
    "device": Column("string", "device, as configured"),
    "threads": Column("integer", "number of threads, as configured"),
    "output": Column("string", "output folder, as configured"),
}

CURVES: Columns = {
    "cell": Column("string", "id, as in cells"),
    "step": Column("integer", "number of parameter updates", STEPS),
    "metric": Column("string", "what was measured"),
    "value": Column("number", "value of the metric, in nats, in seconds or without a unit"),
}


def section(experiment: Experiment) -> Section:
    return Section("cells", "Cells", data=frames(experiment.results))


def frames(results: Results) -> dict[str, Data]:
    """Both data frames, by file name."""
    columns = {str(name): _column(str(name)) for name in results.cells if name not in PLACES}
    kinds = ("csv", "parquet")
    return {"cells": Data(results.cells, columns, kinds), "curves": Data(results.curves, CURVES, kinds)}


def _column(name: str) -> Column:
    """A column that all cells have, or a key of their configuration, or a further entry of their records."""
    if name in CELLS:
        return CELLS[name]
    if "." in name:
        return Column("any", f"the configuration's {name}; lists as JSON text, empty if a cell has no such key")
    return Column("any", "a further entry of the cells' records, such as a score of their task")
