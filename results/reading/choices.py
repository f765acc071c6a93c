"""The setting that represents a method: the best on validation. Test scores have no part in the choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from results.reading.methods import Problem
from results.reading.statuses import DONE, LETTERS, LOST, SKIPPED
from results.statistics.blocks import largest_block

VALIDATION = ("valid_negative_bound", "valid_negative_elbo")
"""Scores to choose by: the first one that all candidates have. Lower is better."""

DECISIVE = ("setting", "status", "seed", "valid_samples", *VALIDATION)
"""The columns of cells that a choice depends on."""


@dataclass(frozen=True)
class Choice:
    """The setting chosen for one method on one problem.

    Settings that lost no seed compete, on the largest block of settings and seeds that are done.

    Attributes:
        cells: the cells of all settings.
        setting: the chosen setting; None if nothing could be chosen.
        score: the validation score used; None if there is a single setting without validation scores.
        validation: mean validation score over ``seeds`` of each setting that competed, nats; NaN without validation.
        seeds: the seeds on which the settings were compared.
        left_out: the settings that did not compete, each with the status that excluded it.
    """

    method: str
    problem: Problem
    cells: pd.DataFrame
    setting: str | None
    score: str | None
    validation: dict[str, float]
    seeds: list[int]
    left_out: dict[str, str]

    @cached_property
    def chosen(self) -> pd.DataFrame:
        """The cells of the chosen setting; none if nothing could be chosen."""
        return self.cells[self.cells["setting"] == self.setting]

    @property
    def done(self) -> pd.DataFrame:
        """The cells of the chosen setting that are done."""
        return self.chosen[self.chosen["status"] == DONE]

    @property
    def validated(self) -> float:
        """The mean validation score of the chosen setting; NaN if there is none."""
        return self.validation.get(self.setting or "", np.nan)

    @property
    def tried(self) -> int:
        """The number of settings, done or not."""
        return len(self.validation) + len(self.left_out)

    @property
    def competed(self) -> int:
        return len(self.validation)

    @property
    def finished(self) -> int:
        """The number of settings with a result, including those that lost a seed."""
        return self.competed + sum(status in LOST for status in self.left_out.values())

    @property
    def complete(self) -> bool:
        """Whether no setting is pending, and no seed of a setting that may be chosen."""
        seeds = set(self.cells["seed"].dropna())
        return self.finished == self.tried and (self.tried == 1 or len(self.seeds) == len(seeds))

    @property
    def among(self) -> str:
        """``"3 of 6 (2 diverged, 1 missing)"``: how many settings competed."""
        counted = Counter(self.left_out.values())
        why = ", ".join(f"{counted[status]} {status}" for status in [*LETTERS, "unscored"] if counted[status])
        return f"{self.competed} of {self.tried}" + (f" ({why})" if why else "")

    def notes(self, label: str = "") -> list[str]:
        """What a reader must know about the choice; empty for a single setting, or if no cell has begun.

        Args:
            label: label of the method; its name if empty.
        """
        if self.tried < 2 or (self.cells["status"] == "missing").all():
            return []
        place = f"{label or self.method} on {self.problem.place}"
        if self.setting is None:
            return [f"{place}: no setting can be chosen: {self.among}"]
        notes = []
        if not self.complete:
            seeds = ", ".join(map(str, self.seeds))
            notes.append(f"{place}: chosen among {self.among} on seed {seeds}; the choice may change")
        if self.score == VALIDATION[1]:
            notes.append(f"{place}: chosen by the negative ELBO, since some cells have no comparable validation bound")
        return notes


def choose(cells: pd.DataFrame) -> list[Choice]:
    """One choice for each method on each problem that it applies to."""
    applicable = cells[cells["status"] != SKIPPED]
    rows: dict[tuple[str, Problem], list[Hashable]] = {}
    for index, method, problem in zip(applicable.index, applicable["method"], applicable["problem"], strict=True):
        rows.setdefault((str(method), Problem(*problem)), []).append(index)
    return [_choose(method, problem, cells.loc[indices]) for (method, problem), indices in rows.items()]


def _choose(method: str, problem: Problem, cells: pd.DataFrame) -> Choice:
    facts = cells[[name for name in DECISIVE if name in cells]]  # few columns, so that groups are taken quickly
    settings = {str(setting): of_setting for setting, of_setting in facts.groupby("setting")}
    whole = {name: rows for name, rows in settings.items() if not rows["status"].isin(LOST).any()}
    if len(settings) == 1:
        (only,) = settings
        done = settings[only][settings[only]["status"] == DONE]
        score = next((name for name in VALIDATION if name in done and done[name].notna().any()), None)
        validation = {only: float(done[score].mean()) if score else np.nan}
        return Choice(method, problem, cells, only, score, validation, sorted(map(int, done["seed"])), {})
    score = _score_of_all(pd.concat(list(whole.values())) if whole else facts.head(0))
    known: dict[str, dict[int, float]] = {
        name: {} if score is None else _by_seed(rows, score) for name, rows in whole.items()
    }
    competing, common = largest_block({name: set(by_seed) for name, by_seed in known.items()})
    seeds = sorted(common)
    validation = {name: float(np.mean([known[name][seed] for seed in seeds])) for name in competing}
    # Of equally good settings, the first by name is chosen.
    setting = min(validation, key=lambda name: validation[name], default=None)
    left_out = {name: _why(rows, seeds) for name, rows in settings.items() if name not in validation}
    return Choice(method, problem, cells, setting, score, validation, seeds, left_out)


def _score_of_all(cells: pd.DataFrame) -> str | None:
    """The first of :data:`VALIDATION` that all done cells have; the bound only if it has the same m in all of them."""
    done = cells[cells["status"] == DONE]
    for name in VALIDATION:
        if len(done) and name in done and done[name].notna().all():
            samples = done["valid_samples"] if "valid_samples" in done else pd.Series(dtype=float)
            if name != "valid_negative_bound" or samples.nunique(dropna=False) <= 1:
                return name
    return None


def _by_seed(cells: pd.DataFrame, score: str) -> dict[int, float]:
    done = cells[(cells["status"] == DONE) & cells["seed"].notna()]
    return dict(zip(done["seed"].astype(int), done[score].astype(float), strict=True))


def _why(cells: pd.DataFrame, seeds: list[int]) -> str:
    """Why a setting does not compete: the first status of its cells other than done, or that it lacks the seeds."""
    statuses = set(cells["status"])
    others = [status for status in LETTERS if status in statuses and status != DONE]
    return others[0] if others else "missing" if seeds else "unscored"
