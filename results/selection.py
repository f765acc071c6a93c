"""The setting of each estimator that does best on validation, and its test bound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from results.comparison import Comparison, Problem, in_words
from results.files import replacing
from results.formats import write_table
from results.table import STATUSES, Quantity, Score, Table, counts, done

VALIDATION = ("valid_negative_bound", "valid_negative_elbo")
"""Scores to choose by, the first that all candidates have; lower is better."""

DESCRIPTION = (
    "Each estimator with the setting that has the lowest mean validation score over seeds. Only settings that are done "
    "with all seeds compete; 3 of 6 says that three of six did. test: negative m-sample bound in nats, lower is "
    "better, mean ± standard deviation over seeds, the best of each task {best} once all its grids are complete. "
    "validation: mean of the same bound, or of the negative ELBO where a note says so."
)


@dataclass(frozen=True)
class Choice:
    """What was chosen for one estimator on one problem. The test set has no part in it.

    The settings compete that are done with all seeds that any setting has, so means are over the same seeds. If there
    are none of these, those compete that are done with the most seeds.

    Attributes:
        cells: of the chosen setting; empty if nothing is done.
        settings: the chosen values of the keys that vary, in words.
        score: the column chosen by; None if no score is known of all that compete.
        validation: mean of the score over seeds, nats.
        competed: how many settings were compared.
        left_out: why each of the others was not: a status of its cells.
        partial: True if no setting is done with all seeds.
    """

    estimator: str
    problem: Problem
    cells: pd.DataFrame
    settings: dict[str, str]
    score: str | None
    validation: float
    competed: int
    left_out: list[str]
    partial: bool

    @property
    def tried(self) -> int:
        """How many settings there are, done or not."""
        return self.competed + len(self.left_out)

    @property
    def finished(self) -> int:
        """How many settings have their result, also those that diverged."""
        return self.competed + self.left_out.count("diverged")

    @property
    def complete(self) -> bool:
        """True if no setting and no seed is still to come."""
        return self.finished == self.tried and not self.partial

    @property
    def test(self) -> float:
        """Mean test bound over the seeds that are done, nats."""
        return float(done(self.cells)["negative_bound"].mean())


def select(comparison: Comparison) -> list[Choice]:
    """One choice for each estimator on each problem that it applies to."""
    return [
        _choose(str(estimator), problem, cells, comparison.settings)
        for problem in comparison.problems
        for estimator, cells in _applicable(comparison.on(problem)).groupby("estimator")
    ]


def chosen_only(comparison: Comparison, choices: Sequence[Choice]) -> Comparison:
    """The cells of the chosen settings, each estimator one method; empty if nothing is done."""
    cells = comparison.cells.loc[[index for choice in choices for index in choice.cells.index]]
    return Comparison(cells.assign(method=cells["estimator"]), settings=[], following=[])


def _applicable(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[cells["status"] != "skipped"]


def _choose(estimator: str, problem: Problem, cells: pd.DataFrame, keys: Sequence[str]) -> Choice:
    settings = {str(method): of_method for method, of_method in cells.groupby("method", sort=False)}
    seeds = {method: set(done(of_method)["seed"]) for method, of_method in settings.items()}
    most = max(map(len, seeds.values()))
    candidates = [method for method, found in seeds.items() if most and len(found) == most]
    scored = done(cells[cells["method"].isin(candidates)])
    score = next((name for name in VALIDATION if name in scored and scored[name].notna().all()), None)
    means = scored.groupby("method", sort=False)[score].mean() if candidates and score else pd.Series(dtype=float)
    if means.empty and len(settings) > 1:
        candidates = []
    chosen = str(means.idxmin()) if len(means) else next(iter(candidates), None)
    of_chosen = cells[cells["method"] == chosen]
    return Choice(
        estimator,
        problem,
        cells=of_chosen,
        settings={key: in_words(value) for key in _varying(cells, keys) for value in of_chosen[key].head(1)},
        score=score if len(means) else None,
        validation=float(means.min()),
        competed=len(candidates),
        left_out=[_status(of_method) for method, of_method in settings.items() if method not in candidates],
        partial=bool(candidates) and most < cells["seed"].nunique(),
    )


def _varying(cells: pd.DataFrame, keys: Sequence[str]) -> list[str]:
    return [key for key in keys if cells[key].map(in_words).nunique() > 1]


def _status(cells: pd.DataFrame) -> str:
    """Why a setting does not compete: the first status of its cells that is not done, or that seeds are missing."""
    others = [status for status in STATUSES[1:] if status in set(cells["status"])]
    return others[0] if others else "missing"


def selection_table(choices: Sequence[Choice]) -> Table:
    """A line a choice, in the order of the problems."""
    return Table(
        headings=[(name,) for name in ("task", "data", "estimator", "test", "validation", "chosen among", "setting")],
        rows=[_row(choice, choices) for choice in choices],
        notes=[note for choice in choices for note in _notes(choice)],
        description=DESCRIPTION,
    )


def _row(choice: Choice, choices: Sequence[Choice]) -> list[str | Score]:
    quantity = Quantity(choice.problem)
    rivals = [other for other in choices if other.problem == choice.problem]
    best = quantity.best_of(rival.test for rival in rivals)
    # An estimator of which less was tried has not lost yet.
    is_best = round(choice.test, quantity.decimals) == best and all(rival.complete for rival in rivals)
    bounds = done(choice.cells)["negative_bound"]
    return [
        choice.problem.task,
        f"{choice.problem.data}, m = {choice.problem.bound_samples or '?'}",
        choice.estimator,
        Score(choice.test, float(bounds.std(ddof=1)), list(choice.cells["status"]), is_best, quantity.decimals),
        f"{choice.validation:.2f}" if choice.score else "",
        _among(choice),
        ", ".join(f"{key}={value}" for key, value in choice.settings.items()),
    ]


def write_selection(choices: Sequence[Choice], folder: Path) -> list[Path]:
    """Writes ``selected.csv``, ``selected.md`` and ``selected.tex``."""
    path = folder / "selected.csv"
    with replacing(path) as temporary:
        as_frame(choices).to_csv(temporary, index=False)
    return [path, *write_table(selection_table(choices), folder, "selected")]


def as_frame(choices: Iterable[Choice]) -> pd.DataFrame:
    """One row a choice; the chosen values of the keys that vary in any of them are columns."""
    rows = []
    for choice in choices:
        bounds = done(choice.cells)["negative_bound"]
        rows.append(
            choice.problem._asdict()
            | {
                "estimator": choice.estimator,
                "negative_bound": choice.test,
                "negative_bound_deviation": bounds.std(ddof=1),
                "seeds": len(bounds),
                "chosen_by": choice.score,
                "validation_score": choice.validation,
                "settings_competed": choice.competed,
                "settings_tried": choice.tried,
                "left_out": counts(choice.left_out).partition(", ")[2],
                "partial": choice.partial,
            }
            | choice.settings
        )
    return pd.DataFrame(rows)


def _among(choice: Choice) -> str:
    left_out = counts(choice.left_out).partition(", ")[2]
    return f"{choice.competed} of {choice.tried}" + (f" ({left_out})" if left_out else "")


def _notes(choice: Choice) -> list[str]:
    place = f"{choice.estimator} on {choice.problem.task} ({choice.problem.data})"
    if choice.tried > 1 and not choice.competed:
        return [f"{place}: nothing chosen; no setting is done, or not all have a validation score"]
    notes = []
    if choice.partial:
        notes.append(f"{place}: no setting is done with all seeds; chosen among those with the most seeds done")
    if not choice.complete and choice.tried > 1:
        notes.append(f"{place}: the grid is incomplete ({_among(choice)}); the choice may change")
    if choice.score == VALIDATION[1] and choice.tried > 1:
        notes.append(f"{place}: chosen by the negative ELBO, since some cells have no validation bound")
    return notes
