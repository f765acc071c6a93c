"""Which cells may be averaged: those that differ in nothing but the seed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from results.asked import names_same
from runners.cells.keys import NOT_IDENTIFYING, SCORING

CHOICES = ["estimator", "task", "data"]
UNKNOWN = "unknown"
"""The name of an estimator, a task or a data set where a cell does not tell it."""


COMMON_OBJECTIVE = "expected_cost"
"""What all methods minimise but those that say so in their name."""


class Problem(NamedTuple):
    """What methods are compared on: a score on one problem cannot be set against a score on another."""

    task: str
    data: str
    bound_samples: int | None

    @property
    def heading(self) -> tuple[str, str, str]:
        m = "?" if self.bound_samples is None else self.bound_samples
        return self.task, self.data, f"{m}-sample bound"


@dataclass(frozen=True)
class Comparison:
    """Methods on problems. A method is an estimator with the values of the settings that vary.

    Attributes:
        cells: one row a cell, with the further columns ``method`` (a label) and ``problem``. Cells that did not live to
            write their configuration have been given the values that they share with cells like them.
        settings: the configuration's keys that vary, by which an estimator is split into methods.
        following: keys that vary too, but whose value follows from those of ``settings``.
    """

    cells: pd.DataFrame
    settings: list[str]
    following: list[str]

    @property
    def methods(self) -> pd.DataFrame:
        """One row a method, by label: its estimator and settings, in order."""
        columns = ["method", "estimator", *self.settings]
        methods = self.cells.drop_duplicates("method").sort_values(columns[1:], kind="stable")
        return methods[columns].set_index("method")

    @property
    def problems(self) -> list[Problem]:
        """By task, data set and m."""
        found = {Problem(*problem) for problem in self.cells["problem"]}
        return sorted(found, key=lambda problem: (problem.task, problem.data, problem.bound_samples or 0))

    def on(self, problem: Problem) -> pd.DataFrame:
        """The cells of one problem."""
        return self.cells[[found == problem for found in self.cells["problem"]]]


def compare(cells: pd.DataFrame) -> Comparison:
    """Sorts the ``cells`` of :func:`results.collect.collect` into methods and problems."""
    settings, following = varying_settings(cells)
    cells = _completed(cells, settings)
    tails = [key.partition(".")[2] for key in settings]
    short = dict(zip(settings, tails if len(set(tails)) == len(tails) else settings, strict=True))
    methods, problems = [], []
    for _, cell in cells.iterrows():
        values = [f"{short[key]}={text}" for key in settings if (text := in_words(cell[key]))]
        if in_words(cell.get("objective")) not in ("", COMMON_OBJECTIVE):
            values.append(f"objective={cell['objective']}")
        methods.append(", ".join([str(cell["estimator"]), *values]))
        m = cell["bound_samples"]
        problems.append(Problem(cell["task"], cell["data"], None if pd.isna(m) else int(m)))
    return Comparison(cells.assign(method=methods, problem=problems), settings, following)


def in_words(value: Any) -> str:
    """A setting's value in full, so that two that differ read differently; nothing where there is none."""
    return "" if pd.isna(value) else str(value)


def varying_settings(cells: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Keys of the configuration that differ between cells beyond the choice of estimator, task, data set and seed.

    An estimator's own settings vary if they do so between cells of that estimator; so with tasks and data sets.

    Returns:
        Keys that tell the cells' configurations apart, in the configuration's order, and those that vary with them:
        ``optimizer.betas`` where ``optimizer._target_`` comes before.
    """
    known = cells[_configured(cells)]
    varying: list[str] = []
    following: list[str] = []
    for key in _settings(cells):
        section = key.partition(".")[0]
        owner = [section] if section in CHOICES else []
        if _count_groups(known, [*owner, *varying, key]) > _count_groups(known, [*owner, *varying]):
            varying.append(key)
        elif _count_groups(known, [*owner, key]) > _count_groups(known, owner):
            following.append(key)
    return varying, following


def _settings(cells: pd.DataFrame) -> list[str]:
    scored_apart = {*SCORING, *NOT_IDENTIFYING}
    names = [str(name) for name in cells if "." in str(name) and name not in scored_apart]
    return [name for name in names if not (name.endswith("seed") and _is_the_seed(cells, name))]


def _is_the_seed(cells: pd.DataFrame, name: str) -> bool:
    """Whether a seed of some part of the cells is their own seed wherever it is known."""
    known = cells[cells[name].notna()]
    return bool(known[name].astype(str).eq(known["seed"].astype(str)).all())


def _count_groups(cells: pd.DataFrame, keys: list[str]) -> int:
    return len(cells[keys].drop_duplicates()) if keys else 1


def _configured(cells: pd.DataFrame) -> pd.Series:
    return cells[_settings(cells)].notna().any(axis=1) & (cells["status"] != "missing")


def _completed(cells: pd.DataFrame, settings: list[str]) -> pd.DataFrame:
    """Cells without a configuration get each value on which all the cells most like them agree."""
    cells = cells.copy()
    known = cells[_configured(cells)]
    for index in cells.index[~_configured(cells)]:
        for key in [*CHOICES, "bound_samples", *settings]:
            told = cells.loc[index].dropna().to_dict()
            if key == "data" or key not in told:
                value = _shared_value(told, key, known)
                cells.loc[index, key] = told.get(key) if value is None else value
    cells[CHOICES] = cells[CHOICES].fillna(UNKNOWN)
    return cells


def _shared_value(told: Mapping[Hashable, Any], key: str, known: pd.DataFrame) -> Any | None:
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
            agrees = [names_same(str(name), told[name], found) for found in alike[name]]
            alike = alike.loc[np.array(agrees, dtype=bool)]
        if len(alike):
            values = alike[key].dropna().unique()
            return values[0] if len(values) == 1 else None
    return None
