"""Tables and numbers for pages about the cost of a step as a number in the configuration grows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from results.reading.labels import labelled
from results.sections.scaling import named, table_of
from results.writing.formats import as_markdown

CLASSES, EXAMPLES, VARIABLES, SAMPLES = "task.latent.k", "runner.batch_size", "task.latent.n", "estimator.samples"
"""The keys that grow."""


class Growth:
    """What ``experiment=scaling`` measured.

    Args:
        folder: of its published results.
    """

    def __init__(self, folder: Path) -> None:
        label = labelled(pd.read_parquet(folder / "cells.parquet"))
        self._measured = named(pd.read_parquet(folder / "scaling.parquet"), label)

    def milliseconds(self, task: str, along: str = CLASSES) -> str:
        """A table: the time of a step, methods by values of the key ``along``."""
        return self._table(task, along, "milliseconds")

    def peak_mb(self, task: str, along: str = CLASSES) -> str:
        """A table: the peak memory of data, model and steps, methods by values of the key ``along``."""
        return self._table(task, along, "peak_mb")

    def speed_up(self, estimator: str, task: str, classes: int) -> str:
        """``27.9``: the time of a step that marginalises the classes over that of the estimator's step.

        Raises:
            LookupError: it was not measured.
        """
        return f"{self._at(estimator, task, CLASSES, classes)['speed_up'].item():.1f}"

    def growth(self, estimator: str, task: str, along: str, smaller: int, larger: int) -> str:
        """``8.7``: the time of a step at the larger value over that at the smaller one.

        Raises:
            LookupError: one of them was not measured.
        """
        times = [self._at(estimator, task, along, value)["milliseconds"].item() for value in (larger, smaller)]
        return f"{times[0] / times[1]:.1f}"

    def _of(self, task: str, along: str) -> pd.DataFrame:
        here = self._measured[(self._measured["task"] == task) & (self._measured["along"] == along)]
        if here.empty:
            raise LookupError(f"{along} was not measured on {task}")
        return here

    def _at(self, estimator: str, task: str, along: str, value: int) -> pd.DataFrame:
        here = self._of(task, along)
        here = here[(here["estimator"] == estimator) & (here["value"] == value) & (here["outcome"] == "measured")]
        if here.empty:
            raise LookupError(f"{estimator} was not measured on {task} with {along}={value}")
        return here

    def _table(self, task: str, along: str, column: str) -> str:
        return as_markdown(table_of(self._of(task, along), column))
