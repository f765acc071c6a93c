"""The page's filters of tables, curves and cells: task, data set, family of estimators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.experiment import Experiment
from results.reading.labels import Label
from results.reading.order import in_order

KINDS = ("task", "data", "family")


@dataclass(frozen=True)
class Filters:
    """The values to choose from, and which of them an element of the page belongs to.

    Attributes:
        tasks, data: names, in the order of tasks and in alphabetical order.
        families: families of estimators, by the label of an estimator or a method.
    """

    tasks: tuple[str, ...]
    data: tuple[str, ...]
    families: Mapping[str, str]

    @property
    def choices(self) -> dict[str, list[str]]:
        """The values of each filter that has more than one."""
        values = {"task": self.tasks, "data": self.data, "family": sorted({*self.families.values()} - {""})}
        return {kind: list(values) for kind, values in values.items() if len(values) > 1}

    def of(self, words: Iterable[str]) -> dict[str, str]:
        """The filter values that occur among words, such as the entries of a row: ``{"task": "vae_bernoulli"}``."""
        found: dict[str, str] = {}
        for word in words:
            for kind, values in (("task", self.tasks), ("data", self.data)):
                if word in values:
                    found.setdefault(kind, word)
            if self.families.get(word):
                found.setdefault("family", self.families[word])
        return found


def filters(experiment: Experiment) -> Filters:
    """The filters of all cells of an experiment."""
    cells = experiment.results.cells
    tasks, data = (cells[name].dropna().astype(str) for name in ("task", "data"))
    of_estimators = _families(cells, "estimator", experiment.label)
    of_methods = _families(experiment.comparison.cells, "method", experiment.label)
    return Filters(tuple(in_order(tasks)), tuple(sorted(set(data))), of_estimators | of_methods)


def family(target: Any) -> str:
    """The module that a class is from: ``"straight through"`` for ``estimators.straight_through.ReinMax``."""
    parts = "" if pd.isna(target) else str(target)
    return parts.rpartition(".")[0].rpartition(".")[2].replace("_", " ")


def _families(cells: pd.DataFrame, column: str, label: Label) -> dict[str, str]:
    """The families by the labels of the names in a column."""
    if not {column, "estimator._target_"} <= set(cells):
        return {}
    known = cells[[column, "estimator._target_"]].dropna().drop_duplicates(column)
    return {label(str(name)): family(target) for name, target in known.itertuples(index=False)}
