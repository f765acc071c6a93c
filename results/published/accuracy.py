"""Tables of published measurements of gradients for pages, in Markdown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from results.reading.labels import labelled
from results.sections.gradients import gradient_tables, over_seeds
from results.writing.formats import as_markdown


def at_best_temperature(folder: Path, task: str) -> str:
    """A table: the accuracy of the logits' gradient on a task after training, each method at its lowest MSE.

    Args:
        folder: of published results of ``experiment=gradients``.
        task: name of the task.
    """
    measured = pd.read_parquet(folder / "gradients.parquet")
    here = measured[(measured["task"] == task) & (measured["target"] == "logits")]
    label = labelled(pd.read_parquet(folder / "cells.parquet"))
    summary, notes = over_seeds(here[here["stage"] == here["stage"].max()], label)
    best = summary.loc[summary.groupby("method")["mse"].idxmin()].sort_values("mse")
    (table,) = gradient_tables(best, notes, label)
    return as_markdown(replace(table, title="", frame=table.frame.drop(columns="seeds")))
