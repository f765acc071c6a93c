"""The experiment that a report is about, and the options of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from results.comparison import Comparison, compare
from results.reading.collect import Results
from results.reading.duplicates import without_duplicates
from results.reading.labels import Label, labelled
from results.statistics.equivalence import REGION

PROBE, TOY, SCALING, SPEED = (f"runners.{name}.{name}" for name in ("probe", "toy", "scaling", "speed"))
"""The runners that measure something other than the training of a model."""

MethodColumn = Callable[[Comparison, str], object]
"""A further column of the comparison table: text, a number or a ``Marked`` for a method, given by its name. The
function's name is the heading."""


@dataclass(frozen=True)
class Options:
    """Options of a report.

    Attributes:
        only: the methods to compare; all if empty.
        order: the order of methods in tables and figures.
        labels: labels of methods in tables and figures, by name.
        columns: further columns of ``table.tex``: any of ``settings``, ``speed`` and ``cells``, which the other
            comparison tables have anyway, and functions, which add a column to all of them.
        sections: further sections, each a function of an :class:`Experiment`.
        reference: the method that all are also compared with; if empty, only with the best one on each problem.
        region: half-width of the region of practical equivalence of bounds, nats.
        width: the width available to ``table.tex``, points; 0 for the text width of an article.
    """

    only: Sequence[str] = ()
    order: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str | MethodColumn] = ()
    sections: Sequence[Callable[[Experiment], Any]] = ()
    reference: str = ""
    region: float = REGION
    width: float = 0


@dataclass(frozen=True)
class Experiment:
    """The results of a folder, by runner, and the comparison of the trained cells."""

    results: Results
    options: Options = field(default_factory=Options)

    def of(self, runner: str) -> Results:
        """The results of the cells of one runner, such as :data:`PROBE`."""
        cells = self.results.cells
        of_runner = cells[cells["runner._target_"] == runner] if runner in self._runners else cells.head(0)
        return replace(self.results, cells=of_runner)

    @cached_property
    def trained(self) -> Results:
        """The results of all other cells; missing cells, whose runner is unknown, are counted among them if any."""
        cells, measuring = self.results.cells, {PROBE, TOY, SCALING, SPEED}
        if not self._runners & measuring:
            return self.results
        others = ~cells["runner._target_"].isin(list(measuring))
        return replace(self.results, cells=cells[others] if self._runners - measuring else cells.head(0))

    @cached_property
    def label(self) -> Label:
        """Gives the label of a method or an estimator."""
        return labelled(self.results.cells, self.options.labels)

    @cached_property
    def short_label(self) -> Label:
        """Gives the label to use where space is short."""
        return labelled(self.results.cells, self.options.labels, "short_label")

    @cached_property
    def _runners(self) -> set[str]:
        cells = self.results.cells
        return set(cells["runner._target_"].dropna()) if "runner._target_" in cells else set()

    @cached_property
    def comparison(self) -> Comparison:
        """The comparison of the trained cells; without any methods if there are none."""
        within = ["task", "data", "conditions", "status"]
        cells, duplicates = without_duplicates(self.trained.cells, within, self.label)
        options, notes = self.options, [*self.results.notes, *duplicates]
        return compare(cells, options.only, options.order, self.label, notes)
