"""Names for what is compared: an estimator is a method, its tuned values are its setting, all else is the problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from results.reading.asked import names_same
from results.reading.labels import OTHER_OBJECTIVE
from results.reading.setting_labels import in_words, setting_labels
from results.reading.statuses import SUPERSEDED
from runners.cells.keys import NOT_IDENTIFYING, SCORING

CHOICES = ["estimator", "task", "data"]
METHOD_PLACE, PLACE = CHOICES, ["task", "data"]
"""Settings may vary among the cells that agree in the first, conditions among those that agree in the second."""

UNKNOWN = "unknown"
"""The name of an estimator, a task or a data set that a cell does not give."""

COMMON_OBJECTIVE = "expected_cost"
"""The objective of all methods except those with another one in their name."""

TUNED = ("estimator", "optimizer", "auxiliary_optimizer")
"""Sections of the configuration that a method may be tuned by. Differences elsewhere, as in steps, make another
problem."""

SCORED = (*SCORING, "runner.evaluate_every")
"""Keys that say how and when a trained model is scored; training does not depend on them."""


class Problem(NamedTuple):
    """What methods are compared on. Scores on different problems are not comparable.

    ``conditions`` distinguishes problems with the same names: ``"steps=20000"``; it is empty if there is no need.
    """

    task: str
    data: str
    bound_samples: int | None
    conditions: str = ""

    @classmethod
    def of_row(cls, row: pd.Series) -> Problem:
        """The problem of a row of any table."""
        return cls.of(*(row[name] for name in PROBLEM))

    @classmethod
    def of(cls, task: Any, data: Any, bound_samples: Any, conditions: Any) -> Problem:
        """The problem with these values from a table."""
        m = None if pd.isna(bound_samples) else int(bound_samples)
        return cls(str(task), str(data), m, str(conditions))

    def is_of(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows of a table are about this problem."""
        names = rows[["task", "data", "conditions"]] == [self.task, self.data, self.conditions]
        return names.all(axis=1) & (rows["bound_samples"].fillna(-1) == (self.bound_samples or -1))

    @property
    def name(self) -> str:
        """``vae_bernoulli, mnist-fixed, 1000-sample bound``."""
        return ", ".join(filter(None, (self.task, self.data, self.conditions, self.bound)))

    @property
    def training(self) -> tuple[str, str, str]:
        """What models are trained on, regardless of the m that they are scored with."""
        return self.task, self.data, self.conditions

    @property
    def place(self) -> str:
        """``vae_bernoulli (mnist-fixed)``: without m."""
        return f"{self.task} ({self.on})"

    @property
    def on(self) -> str:
        """``mnist-fixed``, followed by the conditions if there are any."""
        return ", ".join(filter(None, (self.data, self.conditions)))

    @property
    def bound(self) -> str:
        return f"{'?' if self.bound_samples is None else self.bound_samples}-sample bound"


PROBLEM = list(Problem._fields)
"""The columns that name a problem in any table."""


def by_problem(rows: pd.DataFrame, *further: str) -> list[pd.DataFrame]:
    """The rows of each problem, and of each value of further columns, in the order in which they first appear."""
    return [group for _, group in rows.groupby([*PROBLEM, *further], dropna=False, sort=False)]


def named(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with the columns ``method``, ``setting`` and ``problem``.

    Cells without a configuration get the values that they share with similar cells.
    """
    keys = configuration_keys(cells)
    tuned = [key for key in keys if _section(key) in TUNED]
    conditions = [key for key in keys if _section(key) not in TUNED]
    known = configured(cells)
    # The requested values of missing cells may vary among these alone, or distinguish them from all existing cells.
    asked_for = cells.loc[~known, keys].notna().any()
    relevant = {str(key) for key in asked_for.index[asked_for]}
    relevant |= _varying_within(cells[known], METHOD_PLACE, tuned) | _varying_within(cells[known], PLACE, conditions)
    cells = _completed(cells, known, [key for key in keys if key in relevant])
    tuned_within = _varying_within(cells, METHOD_PLACE, [key for key in tuned if key in relevant])
    tuned = [key for key in tuned if key in tuned_within]
    conditions_within = _varying_within(cells, PLACE, [key for key in conditions if key in relevant])
    conditions = [key for key in conditions if key in conditions_within]
    cells["conditions"] = setting_labels(cells, PLACE, conditions)
    cells["problem"] = list(map(Problem.of, *(cells[name] for name in PROBLEM)))
    cells["setting"] = setting_labels(cells, [*METHOD_PLACE, "conditions"], tuned)
    objectives = cells["objective"] if "objective" in cells else pd.Series("", index=cells.index)
    cells["method"] = [
        estimator + ("" if in_words(objective) in ("", COMMON_OBJECTIVE) else f"{OTHER_OBJECTIVE}{objective}")
        for estimator, objective in zip(cells["estimator"], objectives, strict=True)
    ]
    return cells


def with_names(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with the columns ``method``, ``setting`` and ``conditions``, empty for superseded cells."""
    counting = named(cells[cells["status"] != SUPERSEDED])
    columns = ["method", "setting", "conditions"]
    return cells.assign(**{name: counting[name].reindex(cells.index).astype("str") for name in columns})


def configuration_keys(cells: pd.DataFrame) -> list[str]:
    """The keys that training depends on besides the seed, in the order of the configuration."""
    keys = [str(name) for name in cells if "." in str(name) and name not in (*SCORED, *NOT_IDENTIFYING)]
    return [key for key in keys if not (key.endswith("seed") and _is_the_seed(cells, key))]


def _section(key: str) -> str:
    return key.partition(".")[0]


def _is_the_seed(cells: pd.DataFrame, name: str) -> bool:
    """Whether a column with the seed of some part equals the cells' own seed wherever it is known."""
    known = cells[cells[name].notna()]
    return bool(known[name].astype(str).eq(known["seed"].astype(str)).all())


def _varying_within(cells: pd.DataFrame, place: Sequence[str], keys: Sequence[str]) -> set[str]:
    """The keys with more than one value among cells that agree in ``place``; a missing value counts as one."""
    several = [key for key in keys if cells[key].nunique(dropna=False) > 1]  # few, and grouping is slow
    if not several:
        return set()
    varying = cells.groupby(list(place), dropna=False)[several].nunique(dropna=False).max() > 1
    return {str(key) for key in varying.index[varying]}


def configured(cells: pd.DataFrame) -> pd.Series:
    """Whether each cell has its configuration."""
    return cells[configuration_keys(cells)].notna().any(axis=1) & (cells["status"] != "missing")


def _completed(cells: pd.DataFrame, configured: pd.Series, keys: Sequence[str]) -> pd.DataFrame:
    """Fills the missing values of cells without a configuration, wherever the most similar cells agree on a value."""
    cells = cells.copy()
    known = cells[configured]
    names = [*CHOICES, "bound_samples", *keys]
    shared: dict[tuple[Any, ...], Any] = {}  # many missing cells have the same values
    unknown = cells.index[~configured]
    for index, row in zip(unknown, cells.loc[unknown, names].itertuples(index=False, name=None), strict=True):
        values = {name: value for name, value in zip(names, row, strict=True) if not pd.isna(value)}
        for key in names:
            if key == "data" or key not in values:
                request = (key, *values.items())
                if request not in shared:
                    shared[request] = _shared_value(values, key, known)
                if shared[request] is not None:
                    values[key] = shared[request]
                    cells.loc[index, key] = values[key]
    cells[CHOICES] = cells[CHOICES].fillna(UNKNOWN)
    return cells


def _shared_value(values: Mapping[str, Any], key: str, known: pd.DataFrame) -> Any | None:
    """The value of ``key`` in the known cells that agree in all ``values``; None if they differ or there are none.

    If no cell agrees in everything, cells of other estimators are used, then cells with other settings.
    """
    settings = [name for name in values if "." in str(name) and name in known]
    choices = [name for name in CHOICES if name in values]
    shared = [name for name in choices if name != "estimator"]
    # An estimator's own options cannot be inferred from another estimator.
    steps = (
        [[*choices, *settings]]
        if key.startswith("estimator.")
        else [[*choices, *settings], [*shared, *settings], shared]
    )
    for names in steps:
        alike = known
        for name in names:
            others = alike[name].astype(object).where(alike[name].notna(), None)
            agrees = [names_same(str(name), values[name], other) for other in others]
            alike = alike.loc[np.array(agrees, dtype=bool)]
        if len(alike):
            candidates = alike[key].dropna().unique()
            return candidates[0] if len(candidates) == 1 else None
    return None
