"""The order of tasks in tables, figures and pages: those of the reference first, as the documentation has them, then
the others by name."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

TASKS = ("vae_bernoulli", "vae_categorical", "sbn_bernoulli", "sbn_categorical")
"""The tasks of the reference, in order."""


def place(task: str) -> tuple[int, str]:
    """A task's place in the order."""
    return (TASKS.index(task) if task in TASKS else len(TASKS), task)


def in_order(tasks: Iterable[str]) -> list[str]:
    """Each task once, in order."""
    return sorted(set(tasks), key=place)


def sorted_by(rows: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows sorted by these columns, with the values of the column ``task`` in the order of tasks."""

    def key(column: pd.Series) -> pd.Series:
        return column.astype(object).map(place, na_action="ignore") if column.name == "task" else column

    return rows.sort_values(list(columns), key=key, kind="stable", ignore_index=True)
