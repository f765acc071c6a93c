"""A comparison: every method with its chosen setting, on every problem, by every recorded score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from results.reading.choices import Choice, choose
from results.reading.labels import Label
from results.reading.methods import Problem, named
from results.reading.order import place
from results.reading.statuses import DONE, LOST, SUPERSEDED, without_scores
from results.scores import BOUND, Entry, Quantity
from results.statistics.standing import Standing, standing


@dataclass(frozen=True)
class Comparison:
    """Methods on problems.

    Attributes:
        cells: one row per cell that counts, with the columns ``method``, ``setting`` and ``problem``.
        choices: the setting of each method on each problem.
        order: methods in the order of tables and figures; others follow by label.
        label: gives the label of a method.
        notes: what a reader must know about how the cells were read.
    """

    cells: pd.DataFrame
    choices: Sequence[Choice]
    order: Sequence[str] = ()
    label: Label = str
    notes: Sequence[str] = ()

    @cached_property
    def methods(self) -> dict[str, str]:
        """The estimator of each method, by the method's name, in order."""
        estimators = {str(row.method): str(row.estimator) for row in self.cells[["method", "estimator"]].itertuples()}
        ordered = [name for name in self.order if name in estimators]
        others = sorted(estimators.keys() - set(ordered), key=lambda name: (self.label(name).casefold(), name))
        return {name: estimators[name] for name in [*ordered, *others]}

    @cached_property
    def problems(self) -> list[Problem]:
        """All problems, by task in the order of tasks, data set, conditions and m."""
        problems = {Problem(*problem) for problem in self.cells["problem"]}
        return sorted(problems, key=lambda each: (place(each.task), *each.training, each.bound_samples or 0))

    @cached_property
    def quantities(self) -> list[Quantity]:
        """Every score of every problem, the bound first."""
        return [Quantity(problem, score) for problem in self.problems for score in self._scores_on(problem)]

    def _scores_on(self, problem: Problem) -> list[str]:
        """The bound and the other test scores: those with a validation score ``valid_NAME``."""
        cells = self.on(problem)
        known = [str(name) for name in cells if f"valid_{name}" in cells and not str(name).startswith("negative_")]
        return [BOUND, *(name for name in known if cells[name].notna().any())]

    def on(self, problem: Problem) -> pd.DataFrame:
        """All cells of one problem."""
        return self.cells[[cell == problem for cell in self.cells["problem"]]]

    def choice(self, method: str, problem: Problem) -> Choice | None:
        """The choice of a method on a problem; None if the method does not apply to it or was not run."""
        return self._choices.get((method, problem))

    def chosen(self, method: str, problem: Problem) -> pd.DataFrame:
        """The cells of the method's chosen setting on a problem; none if there is no choice."""
        choice = self.choice(method, problem)
        return self.cells.head(0) if choice is None else choice.chosen

    @cached_property
    def _choices(self) -> dict[tuple[str, Problem], Choice]:
        return {(choice.method, choice.problem): choice for choice in self.choices}

    @cached_property
    def trainings(self) -> dict[tuple[str, str, str], list[Choice]]:
        """The choices on each task, data set and conditions; of choices that differ in m alone, the largest m."""
        trainings: dict[tuple[str, str, str], dict[str, Choice]] = {}
        for problem in self.problems:
            choices = {method: choice for method in self.methods if (choice := self.choice(method, problem))}
            trainings[problem.training] = trainings.get(problem.training, {}) | choices
        return {training: list(by_method.values()) for training, by_method in trainings.items()}

    @cached_property
    def standings(self) -> dict[Quantity, Standing]:
        """The standing of the methods, lower being better, by each score on each problem."""
        return {quantity: self._standing(quantity) for quantity in self.quantities}

    def _standing(self, quantity: Quantity) -> Standing:
        choices = {method: self.choice(method, quantity.problem) for method in self.methods}
        by_method = {method: outcomes(choice, quantity) for method, choice in choices.items() if choice is not None}
        compared = standing(by_method, quantity.decimals)
        return compared.unranked() if quantity.describes else compared

    @cached_property
    def untested(self) -> dict[Problem, list[Choice]]:
        """The problems that have validation scores alone, as in a search, with the choices that have one."""
        validated = [choice for choice in self.choices if np.isfinite(choice.validated)]
        tested = {quantity.problem for quantity in self.quantities if self.scored(quantity)}
        found = {problem: [each for each in validated if each.problem == problem] for problem in self.problems}
        return {problem: choices for problem, choices in found.items() if choices and problem not in tested}

    def entry(self, method: str, quantity: Quantity) -> Entry | None:
        """The entry of a method for a score on a problem; None if it has no cells on the problem."""
        return self._entries.get((method, quantity))

    def scored(self, quantity: Quantity) -> dict[str, Entry]:
        """The entries of the methods that have a score, in the order of the methods."""
        entries = {method: self.entry(method, quantity) for method in self.methods}
        return {method: entry for method, entry in entries.items() if entry is not None and len(entry.values)}

    @cached_property
    def _entries(self) -> dict[tuple[str, Quantity], Entry | None]:
        """All entries, which many tables and figures share."""
        return {(name, each): self._entry(name, each) for name in self.methods for each in self.quantities}

    def _entry(self, method: str, quantity: Quantity) -> Entry | None:
        choice = self.choice(method, quantity.problem)
        if choice is None:
            return self._skipped(method, quantity)
        compared = self.standings[quantity]
        if method in compared.scores:
            values, lost = quantity.sign * compared.values(method), compared.lost[method]
        else:
            own = np.array(list(outcomes(choice, quantity).values()), dtype=float)
            values, lost = quantity.sign * own[np.isfinite(own)], int(np.isnan(own).sum())
        cells = choice.cells if choice.setting is None else choice.chosen
        gap = compared.differences.get(method)
        return Entry(
            quantity,
            values,
            lost,
            without_scores(cells["status"]) or "no test score",
            compared.marks.get(method, ""),
            method not in compared.aside,
            None if gap is None else quantity.in_own_unit(gap),
        )

    def _skipped(self, method: str, quantity: Quantity) -> Entry | None:
        cells = self.on(quantity.problem)
        statuses = cells.loc[cells["method"] == method, "status"]
        return None if statuses.empty else Entry(quantity, np.empty(0), 0, without_scores(statuses), "", True, None)


def outcomes(choice: Choice, quantity: Quantity) -> dict[int, float]:
    """By seed the score of the chosen setting, lower being better, or NaN for a lost seed; pending seeds are absent.

    If nothing could be chosen, a seed is lost if every setting lost it.
    """
    cells = choice.cells if choice.setting is None else choice.chosen
    scores = [np.nan] * len(cells) if choice.setting is None else cells[quantity.score]
    statuses: dict[int, set[str]] = {}
    by_seed: dict[int, float] = {}
    for seed, status, score in zip(cells["seed"], cells["status"], scores, strict=True):
        if not pd.isna(seed):
            statuses.setdefault(int(seed), set()).add(status)
            if status == DONE and not pd.isna(score):
                by_seed.setdefault(int(seed), quantity.sign * float(score))
    lost = [seed for seed, of_seed in statuses.items() if of_seed <= set(LOST)]
    return dict(sorted((dict.fromkeys(lost, np.nan) | by_seed).items()))


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
        only: the methods or estimators to compare; all if empty.
        order: methods in the order of tables and figures.
        label: gives the label of a method; by default its name.
        notes: about how the cells were read.
    """
    counting = named(cells[cells["status"] != SUPERSEDED])
    if only:
        counting = counting[counting["method"].isin(only) | counting["estimator"].isin(only)]
    return Comparison(counting, choose(counting), order or only, label, notes)
