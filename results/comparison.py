"""A comparison: every method with its chosen setting, on every problem, by every score that was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from results.reading.choices import Choice, choose
from results.reading.labels import Label
from results.reading.methods import Problem, named
from results.reading.statuses import DONE, LOST, SUPERSEDED, without_scores
from results.statistics.differences import Difference
from results.statistics.intervals import Interval, deviation, t_interval
from results.statistics.standing import Mark, Standing, standing

BOUND = "negative_bound"
"""The score that is compared first: nats, lower is better."""


class Quantity(NamedTuple):
    """A score on a problem. Bounds are negative, in nats, lower is better; other scores are better when higher.

    A perplexity only describes: nothing is the best by it.
    """

    problem: Problem
    score: str = BOUND

    @property
    def is_bound(self) -> bool:
        return self.score.startswith("negative_")

    @property
    def describes(self) -> bool:
        return self.score.endswith("_perplexity")

    @property
    def sign(self) -> int:
        """Which makes lower better."""
        return 1 if self.is_bound else -1

    @property
    def decimals(self) -> int:
        return 2 if self.is_bound or self.describes else 3

    @property
    def name(self) -> str:
        return self.problem.bound if self.score == BOUND else self.score.replace("_", " ")

    @property
    def unit(self) -> str:
        return "nats" if self.is_bound else ""


@dataclass(frozen=True)
class Entry:
    """What a table says of one method by one score on one problem.

    Attributes:
        values: the scores that its mean is taken over.
        lost: seeds without a score that count against it, among those compared.
        statuses: of all its cells on the problem, in words, where there is no score.
        mark: "best", "tie" or "".
        compared: False where it has scores, on too few seeds that are common.
        difference: to the best, in the score's own unit; None for the best, and where there is none.
    """

    quantity: Quantity
    values: np.ndarray
    lost: int
    statuses: str
    mark: Mark
    compared: bool
    difference: Difference | None

    @property
    def mean(self) -> float:
        return float(self.values.mean()) if len(self.values) else np.nan

    @property
    def deviation(self) -> float:
        return deviation(self.values)

    @property
    def interval(self) -> Interval:
        return t_interval(self.values)


@dataclass(frozen=True)
class Comparison:
    """Methods on problems.

    Attributes:
        cells: one row a cell that counts, with the columns ``method``, ``setting`` and ``problem``.
        choices: the setting of each method on each problem.
        order: methods in the order of tables and figures; others follow by label.
        label: what readers call a method.
        notes: what a reader must know of how the cells were found.
    """

    cells: pd.DataFrame
    choices: Sequence[Choice]
    order: Sequence[str] = ()
    label: Label = str
    notes: Sequence[str] = ()

    @cached_property
    def methods(self) -> dict[str, str]:
        """The estimator of each method, by the method's name, in order."""
        found = {str(row.method): str(row.estimator) for row in self.cells[["method", "estimator"]].itertuples()}
        known = [name for name in self.order if name in found]
        rest = sorted(found.keys() - set(known), key=lambda name: (self.label(name).casefold(), name))
        return {name: found[name] for name in [*known, *rest]}

    @cached_property
    def problems(self) -> list[Problem]:
        """By task, data set, conditions and m."""
        found = {Problem(*problem) for problem in self.cells["problem"]}
        return sorted(found, key=lambda each: (*each.training, each.bound_samples or 0))

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Every score of every problem, the bound first."""
        return [Quantity(problem, score) for problem in self.problems for score in self._scores_on(problem)]

    def _scores_on(self, problem: Problem) -> list[str]:
        """The bound and the further scores of a test set: those that a validation score has the name of."""
        cells = self.on(problem)
        known = [str(name) for name in cells if f"valid_{name}" in cells and not str(name).startswith("negative_")]
        return [BOUND, *(name for name in known if cells[name].notna().any())]

    def on(self, problem: Problem) -> pd.DataFrame:
        """All cells of one problem."""
        return self.cells[[found == problem for found in self.cells["problem"]]]

    def choice(self, method: str, problem: Problem) -> Choice | None:
        """The choice of a method on a problem; None where it does not apply or was not asked for."""
        return self._choices.get((method, problem))

    @cached_property
    def _choices(self) -> dict[tuple[str, Problem], Choice]:
        return {(choice.method, choice.problem): choice for choice in self.choices}

    @cached_property
    def trainings(self) -> dict[tuple[str, str, str], list[Choice]]:
        """The choices on each task and data set: of a method's that differ in m alone, that of the largest."""
        found: dict[tuple[str, str, str], dict[str, Choice]] = {}
        for problem in self.problems:
            known = {method: choice for method in self.methods if (choice := self.choice(method, problem))}
            found[problem.training] = found.get(problem.training, {}) | known
        return {training: list(by_method.values()) for training, by_method in found.items()}

    @cached_property
    def competing(self) -> pd.DataFrame:
        """The cells of the chosen settings."""
        parts = [choice.chosen for choice in self.choices]
        return pd.concat(parts) if parts else self.cells.head(0)

    @cached_property
    def standings(self) -> dict[Quantity, Standing]:
        """How methods stand, lower being better, by each score of each problem."""
        found = {quantity: standing(self._outcomes(quantity), quantity.decimals) for quantity in self.quantities}
        return {quantity: each.unranked() if quantity.describes else each for quantity, each in found.items()}

    def _outcomes(self, quantity: Quantity) -> dict[str, dict[int, float]]:
        found = {method: self.choice(method, quantity.problem) for method in self.methods}
        return {method: outcomes(choice, quantity) for method, choice in found.items() if choice is not None}

    def entry(self, method: str, quantity: Quantity) -> Entry | None:
        """What is told of a method by a score; None where it has no cells on the problem."""
        choice = self.choice(method, quantity.problem)
        if choice is None:
            return self._skipped(method, quantity)
        found = self.standings[quantity]
        if method in found.scores:
            values, lost = quantity.sign * found.values(method), found.lost[method]
        else:
            own = np.array(list(outcomes(choice, quantity).values()), dtype=float)
            values, lost = quantity.sign * own[np.isfinite(own)], int(np.isnan(own).sum())
        cells = choice.cells if choice.setting is None else choice.chosen
        gap = found.differences.get(method)
        return Entry(
            quantity,
            values,
            lost,
            without_scores(cells["status"]) or "no test score",
            found.marks.get(method, ""),
            method not in found.aside,
            None if gap is None else in_own_unit(gap, quantity),
        )

    def _skipped(self, method: str, quantity: Quantity) -> Entry | None:
        cells = self.on(quantity.problem)
        statuses = cells.loc[cells["method"] == method, "status"]
        if statuses.empty:
            return None
        return Entry(quantity, np.empty(0), 0, without_scores(statuses), "", True, None)


def outcomes(choice: Choice, quantity: Quantity) -> dict[int, float]:
    """By seed the score of the chosen setting, lower being better, or NaN where it was lost; pending ones are absent.

    Where nothing could be chosen, a seed is lost that no setting survived.
    """
    cells = choice.chosen if choice.setting is not None else choice.cells
    cells = cells[cells["seed"].notna()]
    found: dict[int, float] = {}
    for seed, of_seed in cells.groupby("seed"):
        scores = of_seed.loc[of_seed["status"] == DONE, quantity.score].dropna()
        if choice.setting is not None and len(scores):
            found[int(str(seed))] = quantity.sign * float(scores.iloc[0])
        elif of_seed["status"].isin(LOST).all():
            found[int(str(seed))] = np.nan
    return found


def in_own_unit(found: Difference, quantity: Quantity) -> Difference:
    """A difference of what is lower when better as one of the score itself."""
    if quantity.sign > 0:
        return found
    value, low, high = found.mean
    return found._replace(mean=Interval(-value, -high, -low))


def compare(
    cells: pd.DataFrame,
    only: Sequence[str] = (),
    order: Sequence[str] = (),
    label: Label = str,
    notes: Sequence[str] = (),
) -> Comparison:
    """Compares the ``cells`` of :func:`results.reading.collect.collect`.

    Args:
        cells: of any status.
        only: the methods that take part; all, where it is empty.
        order: methods in the order of tables and figures.
        label: what readers call a method; its name, where it is not given.
        notes: of how the cells were found.
    """
    found = named(cells[cells["status"] != SUPERSEDED])
    if only:
        found = found[found["method"].isin(only) | found["estimator"].isin(only)]
    return Comparison(found, choose(found), order or only, label, notes)
