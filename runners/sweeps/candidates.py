"""The settings that a search chooses from, and their outcomes."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from runners.cells.files import write_atomically

T = TypeVar("T")

CHOSEN = ("estimator", "optimizer", "auxiliary_optimizer")
"""Sections whose keys are chosen. The estimator itself and all other keys but the seed define what they are chosen
for."""

VALIDATION = "valid_negative_bound"
"""The score to choose by: the bound with ``runner.valid_samples`` samples on the validation set, nats, lower is
better."""


@dataclass(frozen=True)
class Candidate:
    """One setting of an estimator on a problem.

    Attributes:
        pair: overrides of the estimator, task, data and so on that it is chosen for.
        setting: overrides to choose.
        cells: overrides of its cells, one for each seed.
    """

    pair: tuple[str, ...]
    setting: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    def at(self, steps: int) -> list[list[str]]:
        """The overrides of its cells for training of this length, without test scores."""
        cells = [[word for word in cell if _key(word) not in ("runner.steps", "runner.test")] for cell in self.cells]
        return [[*cell, f"runner.steps={steps}", "runner.test=false"] for cell in cells]


@dataclass(frozen=True)
class Trial:
    """The outcome of a candidate at one rung.

    Attributes:
        score: mean over seeds, nats; infinite if a seed diverged, NaN if a seed has no score.
        statuses: of its cells.
    """

    candidate: Candidate
    rung: int
    steps: int
    score: float
    statuses: tuple[str, ...]
    verdict: str = ""

    @property
    def is_pending(self) -> bool:
        """Whether a score is still to come."""
        return math.isnan(self.score) and "skipped" not in self.statuses


def candidates_of(cells: Iterable[Sequence[str]]) -> list[Candidate]:
    """The candidates among the cells of a sweep, which are given by their overrides."""
    seeds: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[str, ...]]] = {}
    for cell in cells:
        words = [word for word in cell if _key(word) not in ("experiment", "seed", "output", "runner.test")]
        setting = tuple(word for word in words if _is_chosen(_key(word)))
        pair = tuple(word for word in words if word not in setting)
        seeds.setdefault((pair, setting), []).append(tuple(cell))
    return [Candidate(pair, setting, tuple(of_seeds)) for (pair, setting), of_seeds in seeds.items()]


def by_pair(items: Iterable[T], pair: Callable[[T], tuple[str, ...]]) -> list[list[T]]:
    """The items with the same pair together, in the order in which pairs first appear."""
    groups: dict[tuple[str, ...], list[T]] = {}
    for item in items:
        groups.setdefault(pair(item), []).append(item)
    return list(groups.values())


def trial(candidate: Candidate, rung: int, steps: int, records: Sequence[Mapping[str, Any]]) -> Trial:
    """The outcome of a candidate, from the records of its cells, one for each seed."""
    statuses = tuple(str(record.get("status", "missing")) for record in records)
    scores = [validation_score(record) for record in records]
    return Trial(candidate, rung, steps, sum(scores) / len(scores), statuses)


def validation_score(record: Mapping[str, Any]) -> float:
    """The score to choose a cell by, nats; infinite if it diverged, NaN if it has no score."""
    if record.get("status") == "diverged":
        return math.inf
    return float((record.get("scores") or {}).get(VALIDATION, math.nan)) if record.get("status") == "done" else math.nan


def best(trials: Sequence[Trial], count: int) -> list[Trial]:
    """The ``count`` trials with the lowest finite scores."""
    return sorted((trial for trial in trials if math.isfinite(trial.score)), key=lambda trial: trial.score)[:count]


def write_trials(path: Path, trials: Iterable[Trial]) -> None:
    """Writes a CSV file with one row for each candidate and rung."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["for", "setting", "rung", "steps", VALIDATION, "seeds", "statuses", "verdict"])
    for trial in trials:
        candidate = trial.candidate
        score = "" if math.isnan(trial.score) else repr(trial.score)
        statuses = " ".join(f"{trial.statuses.count(status)} {status}" for status in dict.fromkeys(trial.statuses))
        row = [" ".join(candidate.pair), " ".join(candidate.setting), trial.rung, trial.steps, score]
        table.writerow([*row, len(candidate.cells), statuses, trial.verdict])
    write_atomically(path, text.getvalue())


def configuration(
    chosen: Sequence[Candidate],
    experiment: str | None,
    params: Mapping[str, Any],
    output: str,
    runner: Mapping[str, Any],
) -> str:
    """The YAML of an experiment with the chosen settings, in as few grids as possible, crossed with their seeds.

    Args:
        chosen: one candidate for each estimator and problem.
        experiment: the experiment that the settings were chosen for, whose other values are inherited.
        params: of that experiment's sweeper; they are set to null, since the grids already contain their effect.
        output: folder of the cells.
        runner: options of the runner that differ from that experiment's.
    """
    seeds = dict.fromkeys(
        _value(word) for candidate in chosen for cell in candidate.cells for word in cell if _key(word) == "seed"
    )
    crossed = dict.fromkeys(params) | ({"seed": ",".join(seeds)} if seeds else {})
    content = {
        "defaults": [*([experiment] if experiment else []), {"override /hydra/sweeper": "grids"}, "_self_"],
        "output": output,
        "runner": dict(runner),
        "hydra": {
            "mode": "MULTIRUN",
            "sweeper": {
                "params": crossed,
                "grids": _merged(
                    [
                        {_key(word): _value(word) for word in (*candidate.pair, *candidate.setting)}
                        for candidate in chosen
                    ]
                ),
            },
        },
    }
    return yaml.safe_dump(content, sort_keys=False, width=1000)


def _merged(grids: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The same cells in fewer grids: merges grids that differ in the estimator alone, then in the task alone."""
    merged = [dict(grid) for grid in grids]
    for key in ("estimator", "task"):
        values: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for grid in merged:
            rest = tuple(item for item in grid.items() if item[0] != key)
            values.setdefault(rest, []).extend([grid[key]] if key in grid else [])
        merged = [({key: ",".join(names)} if names else {}) | dict(rest) for rest, names in values.items()]
    return merged


def steps_of(candidate: Candidate) -> str | None:
    """The value of ``runner.steps`` in its overrides, if they have one."""
    return next((_value(word) for word in candidate.pair if _key(word) == "runner.steps"), None)


def _is_chosen(key: str) -> bool:
    section, _, below = key.lstrip("+~").partition(".")
    return section.partition("@")[0] in CHOSEN and (bool(below) or section != "estimator")


def _key(word: str) -> str:
    return word.partition("=")[0]


def _value(word: str) -> str:
    return word.partition("=")[2]
