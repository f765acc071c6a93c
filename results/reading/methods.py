"""Names for what is compared: an estimator is a method, what it may be tuned by its setting, all else the problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from results.reading.asked import names_same
from results.reading.labels import OTHER_OBJECTIVE
from results.reading.statuses import SUPERSEDED
from runners.cells.keys import NOT_IDENTIFYING, SCORING

CHOICES = ["estimator", "task", "data"]
METHOD_PLACE, PLACE = CHOICES, ["task", "data"]
"""Where settings may vary, and where conditions may."""

UNKNOWN = "unknown"
"""The name of an estimator, a task or a data set where a cell does not tell it."""

COMMON_OBJECTIVE = "expected_cost"
"""What all methods minimise but those that say so in their name."""

TUNED = ("estimator", "optimizer", "auxiliary_optimizer")
"""Sections of the configuration that a method may be tuned by. What differs elsewhere, as steps, is another problem."""

SCORED = (*SCORING, "runner.evaluate_every")
"""Keys that say how a trained model is scored, and when; training does not depend on them."""


class Problem(NamedTuple):
    """What methods are compared on: a score on one problem cannot be set against a score on another.

    ``conditions`` tells problems apart that have the same names: ``"steps=20000"``; it is empty where there are none.
    """

    task: str
    data: str
    bound_samples: int | None
    conditions: str = ""

    @classmethod
    def of_row(cls, row: pd.Series) -> Problem:
        """The problem of a row of any table."""
        return cls.of(row["task"], row["data"], row["bound_samples"], row["conditions"])

    @classmethod
    def of(cls, task: Any, data: Any, bound_samples: Any, conditions: Any) -> Problem:
        """The problem of values as tables have them."""
        m = None if pd.isna(bound_samples) else int(bound_samples)
        return cls(str(task), str(data), m, str(conditions))

    def is_of(self, rows: pd.DataFrame) -> pd.Series:
        """Which rows of a table are about it."""
        names = rows[["task", "data", "conditions"]] == [self.task, self.data, self.conditions]
        return names.all(axis=1) & (rows["bound_samples"].fillna(-1) == (self.bound_samples or -1))

    @property
    def name(self) -> str:
        """In words, with m."""
        return ", ".join(part for part in (self.task, self.data, self.conditions, self.bound) if part)

    @property
    def training(self) -> tuple[str, str, str]:
        """What models are trained on, whatever m they are scored with."""
        return self.task, self.data, self.conditions

    @property
    def place(self) -> str:
        """In words, without m."""
        return f"{self.task} ({', '.join(part for part in (self.data, self.conditions) if part)})"

    @property
    def bound(self) -> str:
        return f"{'?' if self.bound_samples is None else self.bound_samples}-sample bound"


def named(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with the columns ``method``, ``setting`` and ``problem``.

    Cells that did not live to write their configuration have been given the values that they share with cells like
    them.
    """
    keys = configuration_keys(cells)
    tuned = [key for key in keys if _section(key) in TUNED]
    conditions = [key for key in keys if _section(key) not in TUNED]
    known = configured(cells)
    # What cells that are missing were asked for may vary among them alone, or set them apart from all that are there.
    told = {key for key in keys if cells.loc[~known, key].notna().any()}
    told |= _varying_within(cells[known], METHOD_PLACE, tuned) | _varying_within(cells[known], PLACE, conditions)
    cells = _completed(cells, [key for key in keys if key in told])
    tuned = [key for key in tuned if key in told & _varying_within(cells, METHOD_PLACE, tuned)]
    conditions = [key for key in conditions if key in told & _varying_within(cells, PLACE, conditions)]
    cells["conditions"] = _labels(cells, PLACE, conditions)
    cells["problem"] = list(map(Problem.of, *(cells[name] for name in ("task", "data", "bound_samples", "conditions"))))
    cells["setting"] = _labels(cells, [*METHOD_PLACE, "conditions"], tuned)
    objectives = cells["objective"] if "objective" in cells else pd.Series("", index=cells.index)
    cells["method"] = [
        estimator + ("" if in_words(found) in ("", COMMON_OBJECTIVE) else f"{OTHER_OBJECTIVE}{found}")
        for estimator, found in zip(cells["estimator"], objectives, strict=True)
    ]
    return cells


def with_names(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells with the columns ``method``, ``setting`` and ``conditions``, and what they do not tell left open."""
    found = named(cells[cells["status"] != SUPERSEDED])
    columns = ["method", "setting", "conditions"]
    return cells.assign(**{name: found[name].reindex(cells.index).astype("str") for name in columns})


def configuration_keys(cells: pd.DataFrame) -> list[str]:
    """The keys that a run of training depends on besides its seed, in the configuration's order."""
    keys = [str(name) for name in cells if "." in str(name) and name not in (*SCORED, *NOT_IDENTIFYING)]
    return [key for key in keys if not (key.endswith("seed") and _is_the_seed(cells, key))]


def in_words(value: Any) -> str:
    """A setting's value in full, so that two that differ read differently; nothing where there is none."""
    return "" if pd.isna(value) else str(value)


def _section(key: str) -> str:
    return key.partition(".")[0]


def _is_the_seed(cells: pd.DataFrame, name: str) -> bool:
    """Whether a seed of some part of the cells is their own seed wherever it is known."""
    known = cells[cells[name].notna()]
    return bool(known[name].astype(str).eq(known["seed"].astype(str)).all())


def _varying_within(cells: pd.DataFrame, place: Sequence[str], keys: Sequence[str]) -> set[str]:
    """The keys with more than one value among cells that agree in ``place``; no value is a value too."""
    if cells.empty or not keys:
        return set()
    varying = cells.groupby(list(place), dropna=False)[list(keys)].nunique(dropna=False).max() > 1
    return {str(key) for key in varying.index[varying]}


def _labels(cells: pd.DataFrame, place: Sequence[str], keys: Sequence[str]) -> pd.Series:
    """``"lr=0.01, temperature=0.5"`` for each cell: its values of the keys that vary among the cells of its place.

    A key whose value follows from those before it is not named: ``optimizer.betas`` where ``optimizer._target_`` is.
    """
    labels = pd.Series("", index=cells.index, dtype=object)
    if not keys:
        return labels
    for _, group in cells.groupby(list(place), dropna=False):
        shown: list[str] = []
        for key in keys:
            if _count(group, [*shown, key]) > _count(group, shown):
                shown.append(key)
        tails = [key.partition(".")[2] for key in shown]
        names = tails if len(set(tails)) == len(tails) else shown
        for index, values in zip(group.index, group[shown].itertuples(index=False, name=None), strict=True):
            told = [f"{name}={text}" for name, value in zip(names, values, strict=True) if (text := in_words(value))]
            labels[index] = ", ".join(told)
    return labels


def _count(cells: pd.DataFrame, keys: list[str]) -> int:
    return len(cells[keys].drop_duplicates()) if keys else 1


def configured(cells: pd.DataFrame) -> pd.Series:
    """Whether each cell tells its configuration."""
    return cells[configuration_keys(cells)].notna().any(axis=1) & (cells["status"] != "missing")


def _completed(cells: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Cells without a configuration get each value on which all the cells most like them agree."""
    cells = cells.copy()
    known = cells[configured(cells)]
    names = [*CHOICES, "bound_samples", *keys]
    shared: dict[tuple[Any, ...], Any] = {}  # many missing cells tell the same
    unknown = cells.index[~configured(cells)]
    for index, values in zip(unknown, cells.loc[unknown, names].itertuples(index=False, name=None), strict=True):
        told = {name: value for name, value in zip(names, values, strict=True) if not pd.isna(value)}
        for key in names:
            if key == "data" or key not in told:
                asked = (key, *told.items())
                if asked not in shared:
                    shared[asked] = _shared_value(told, key, known)
                if shared[asked] is not None:
                    told[key] = shared[asked]
                    cells.loc[index, key] = told[key]
    cells[CHOICES] = cells[CHOICES].fillna(UNKNOWN)
    return cells


def _shared_value(told: Mapping[str, Any], key: str, known: pd.DataFrame) -> Any | None:
    """The value of ``key`` in the known cells that agree with what is told; None if they differ or there are none.

    Where no cell agrees in everything, those of other estimators will do, then those with other settings.
    """
    settings = [name for name in told if "." in str(name) and name in known]
    choices = [name for name in CHOICES if name in told]
    others = [name for name in choices if name != "estimator"]
    # What belongs to an estimator cannot be learned from another one.
    steps = (
        [[*choices, *settings]]
        if key.startswith("estimator.")
        else [[*choices, *settings], [*others, *settings], others]
    )
    for names in steps:
        alike = known
        for name in names:
            values = alike[name].astype(object).where(alike[name].notna(), None)
            agrees = [names_same(str(name), told[name], found) for found in values]
            alike = alike.loc[np.array(agrees, dtype=bool)]
        if len(alike):
            values = alike[key].dropna().unique()
            return values[0] if len(values) == 1 else None
    return None
