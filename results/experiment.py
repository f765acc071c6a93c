"""What the sections of a report are made of."""

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
"""The runners that measure something else than how a model is trained."""

MethodColumn = Callable[[Comparison, str], object]
"""A column of the comparison table beside the scores: of a method by its name, words, a number or a ``Marked``. It
stands under the function's name."""


@dataclass(frozen=True)
class Options:
    """How results are shown.

    Attributes:
        only: the methods that take part in the comparison; all, where it is empty.
        order: of methods in tables and figures.
        labels: what they are called there, by name.
        columns: further ones of ``table.tex``: ``settings``, ``speed``, ``cells``, which the comparison has elsewhere
            anyway, and functions, which it then has everywhere.
        sections: further ones, each a function of an :class:`Experiment`.
        reference: the method that others are judged against; the best of each problem, where it is empty.
        region: half of the region of practical equivalence of bounds, nats.
        width: that ``table.tex`` has room for, points; 0 for the text of an article.
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
    """The results of a folder, by the runner that made them, and the comparison of what was trained."""

    results: Results
    options: Options = field(default_factory=Options)

    def of(self, runner: str) -> Results:
        """Those of the cells of one runner, such as :data:`PROBE`."""
        cells = self.results.cells
        found = cells[cells["runner._target_"] == runner] if runner in self._runners else cells.head(0)
        return replace(self.results, cells=found)

    @cached_property
    def trained(self) -> Results:
        """The others. Missing cells do not know their runner: they go with these, if there are any."""
        cells, measuring = self.results.cells, {PROBE, TOY, SCALING, SPEED}
        if not self._runners & measuring:
            return self.results
        rest = ~cells["runner._target_"].isin(list(measuring))
        return replace(self.results, cells=cells[rest] if self._runners - measuring else cells.head(0))

    @cached_property
    def label(self) -> Label:
        """What readers call a method or an estimator."""
        return labelled(self.results.cells, self.options.labels)

    @cached_property
    def short_label(self) -> Label:
        """The same where there is little room."""
        return labelled(self.results.cells, self.options.labels, "short_label")

    @cached_property
    def _runners(self) -> set[str]:
        cells = self.results.cells
        return set(cells["runner._target_"].dropna()) if "runner._target_" in cells else set()

    @cached_property
    def comparison(self) -> Comparison:
        """Of what was trained; without any methods where nothing was."""
        within = ["task", "data", "conditions", "status"]
        cells, duplicates = without_duplicates(self.trained.cells, within, self.label)
        options, notes = self.options, [*self.results.notes, *duplicates]
        return compare(cells, options.only, options.order, self.label, notes)
