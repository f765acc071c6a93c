"""The setting that an estimator is compared with: the best on validation. The test set has no part in the choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from results.reading.methods import Problem
from results.reading.statuses import DONE, LETTERS, LOST, SKIPPED
from results.statistics.blocks import largest_block

VALIDATION = ("valid_negative_bound", "valid_negative_elbo")
"""Scores to choose by, the first that all candidates have; lower is better."""


@dataclass(frozen=True)
class Choice:
    """What was chosen for one method on one problem.

    The settings compete that lost no seed, on the largest block of settings and seeds that are done.

    Attributes:
        cells: of all settings.
        setting: the chosen one; None if nothing could be chosen.
        score: the column chosen by; None if there was one setting only, without validation.
        validation: by setting that competed, its mean over ``seeds``, nats; NaN without validation.
        seeds: that the settings were compared on.
        left_out: the settings that did not compete, and the status of their cells that kept them out.
    """

    method: str
    problem: Problem
    cells: pd.DataFrame
    setting: str | None
    score: str | None
    validation: dict[str, float]
    seeds: list[int]
    left_out: dict[str, str]

    @property
    def chosen(self) -> pd.DataFrame:
        """The cells of the chosen setting; none if nothing could be chosen."""
        return self.cells[self.cells["setting"] == self.setting]

    @property
    def tried(self) -> int:
        """How many settings there are, done or not."""
        return len(self.validation) + len(self.left_out)

    @property
    def competed(self) -> int:
        return len(self.validation)

    @property
    def finished(self) -> int:
        """How many settings have their result, also those that lost a seed."""
        return self.competed + sum(status in LOST for status in self.left_out.values())

    @property
    def complete(self) -> bool:
        """True if no setting and no seed of a setting that may be chosen is still to come."""
        seeds = set(self.cells["seed"].dropna())
        return self.finished == self.tried and (self.tried == 1 or len(self.seeds) == len(seeds))

    @property
    def among(self) -> str:
        """``"3 of 6 (2 diverged, 1 missing)"``: how many settings competed."""
        counted = Counter(self.left_out.values())
        why = ", ".join(f"{counted[status]} {status}" for status in [*LETTERS, "unscored"] if counted[status])
        return f"{self.competed} of {self.tried}" + (f" ({why})" if why else "")

    def notes(self, label: str = "") -> list[str]:
        """What a reader must know about the choice; nothing where there was none to make, or no cell has begun.

        Args:
            label: what the method is called; its name, where it is empty.
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
    return [_choose(method, problem, cells.loc[found]) for (method, problem), found in rows.items()]


def _choose(method: str, problem: Problem, cells: pd.DataFrame) -> Choice:
    settings = {str(setting): of_setting for setting, of_setting in cells.groupby("setting")}
    whole = {name: found for name, found in settings.items() if not found["status"].isin(LOST).any()}
    if len(settings) == 1:
        (only,) = settings
        done = settings[only][settings[only]["status"] == DONE]
        score = next((name for name in VALIDATION if name in done and done[name].notna().any()), None)
        validation = {only: float(done[score].mean()) if score else np.nan}
        return Choice(method, problem, cells, only, score, validation, sorted(map(int, done["seed"])), {})
    score = _score_of_all(pd.concat(list(whole.values())) if whole else cells.head(0))
    known: dict[str, dict[int, float]] = {
        name: {} if score is None else _by_seed(found, score) for name, found in whole.items()
    }
    competing, common = largest_block({name: set(by_seed) for name, by_seed in known.items()})
    seeds = sorted(common)
    validation = {name: float(np.mean([known[name][seed] for seed in seeds])) for name in competing}
    # Of settings that are equally good it is the first by name.
    setting = min(validation, key=lambda name: validation[name], default=None)
    left_out = {name: _why(found, seeds) for name, found in settings.items() if name not in validation}
    return Choice(method, problem, cells, setting, score, validation, seeds, left_out)


def _score_of_all(cells: pd.DataFrame) -> str | None:
    """The first of :data:`VALIDATION` that all cells which are done have, the bound with one number of samples."""
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
    """Why a setting does not compete: the first status of its cells that is not done, or that it has other seeds."""
    statuses = set(cells["status"])
    others = [status for status in LETTERS if status in statuses and status != DONE]
    return others[0] if others else "missing" if seeds else "unscored"
