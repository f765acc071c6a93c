"""The page's filters of tables, curves and cells: task, data set, family of estimators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from results.experiment import Experiment
from results.figures.looks import FAMILIES, OTHERS, family
from results.reading.order import in_order


@dataclass(frozen=True)
class Filters:
    """The values to choose from, and which of them an element of the page belongs to.

    Attributes:
        tasks, data: names, in the order of tasks and in alphabetical order.
        families: the families of the figures, by the label of an estimator or a method.
    """

    tasks: tuple[str, ...]
    data: tuple[str, ...]
    families: Mapping[str, str]

    @property
    def choices(self) -> dict[str, list[str]]:
        """The values of each filter that has more than one."""
        families = [name for name in (*FAMILIES, OTHERS) if name in self.families.values()]
        values = {"task": self.tasks, "data": self.data, "family": families}
        return {kind: list(values) for kind, values in values.items() if len(values) > 1}

    def of(self, words: Iterable[str]) -> dict[str, str]:
        """The filter values that occur among words, such as the entries of a row: ``{"task": "vae_bernoulli"}``."""
        found: dict[str, str] = {}
        for word in words:
            for kind, values in (("task", self.tasks), ("data", self.data)):
                if word in values:
                    found.setdefault(kind, word)
            if word in self.families:
                found.setdefault("family", self.families[word])
        return found


def filters(experiment: Experiment) -> Filters:
    """The filters of all cells of an experiment."""
    cells, label = experiment.results.cells, experiment.label
    tasks, data = (cells[name].dropna().astype(str) for name in ("task", "data"))
    families = {label(str(name)): family(str(name)) for name in cells["estimator"].dropna().unique()}
    families |= {label(name): family(estimator) for name, estimator in experiment.comparison.methods.items()}
    return Filters(tuple(in_order(tasks)), tuple(sorted(set(data))), families)
