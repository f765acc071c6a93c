"""What tables, curves and cells of the page can be filtered by: task, data set, family of estimators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.comparison import Comparison
from results.experiment import Experiment

KINDS = ("task", "data", "family")


@dataclass(frozen=True)
class Filters:
    """The values that there are to choose from, and which of them a thing on the page belongs to.

    Attributes:
        tasks, data: names, in alphabetical order.
        families: of estimators, by the label of an estimator or of a method.
    """

    tasks: tuple[str, ...]
    data: tuple[str, ...]
    families: Mapping[str, str]

    @property
    def choices(self) -> dict[str, list[str]]:
        """The kinds that have several values, with these."""
        found = {"task": self.tasks, "data": self.data, "family": sorted({*self.families.values()} - {""})}
        return {kind: list(values) for kind, values in found.items() if len(values) > 1}

    def of(self, words: Iterable[str]) -> dict[str, str]:
        """What is named by words that stand together, such as the entries of a row: ``{"task": "vae_bernoulli"}``."""
        found: dict[str, str] = {}
        for word in words:
            for kind, values in (("task", self.tasks), ("data", self.data)):
                if word in values:
                    found.setdefault(kind, word)
            if self.families.get(word):
                found.setdefault("family", self.families[word])
        return found


def filters(experiment: Experiment) -> Filters:
    """Those of all cells."""
    cells = experiment.results.cells
    tasks, data = (tuple(sorted(map(str, cells[name].dropna().unique()))) for name in ("task", "data"))
    return Filters(tasks, data, _families(cells, experiment) | _of_methods(experiment.comparison))


def family(target: Any) -> str:
    """``"straight through"`` for ``estimators.straight_through.ReinMax``: the module that a class is from."""
    parts = "" if pd.isna(target) else str(target)
    return parts.rpartition(".")[0].rpartition(".")[2].replace("_", " ")


def _families(cells: pd.DataFrame, experiment: Experiment) -> dict[str, str]:
    if "estimator._target_" not in cells:
        return {}
    known = cells[["estimator", "estimator._target_"]].dropna().drop_duplicates("estimator")
    return {experiment.label(str(name)): family(target) for name, target in known.itertuples(index=False)}


def _of_methods(comparison: Comparison) -> dict[str, str]:
    if comparison.cells.empty or "estimator._target_" not in comparison.cells:
        return {}
    known = comparison.cells[["method", "estimator._target_"]].dropna().drop_duplicates("method")
    return {comparison.label(str(name)): family(target) for name, target in known.itertuples(index=False)}
