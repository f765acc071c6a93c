"""The settings of an estimator that a search chooses among, and what became of each."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from runners.cells.files import write_atomically

CHOSEN = ("estimator", "optimizer", "auxiliary_optimizer")
"""Sections whose keys are chosen. Which estimator it is, and everything else but the seed, says what they are chosen
for."""

VALIDATION = "valid_negative_bound"
"""The score that is chosen by: the bound of ``runner.valid_samples`` samples on the validation set, nats, lower is
better."""


@dataclass(frozen=True)
class Candidate:
    """One setting of an estimator on a problem.

    Attributes:
        pair: overrides that say which estimator, task, data it is chosen for.
        setting: overrides that are to be chosen.
        cells: the overrides of its cells, one for each seed.
    """

    pair: tuple[str, ...]
    setting: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]

    def at(self, steps: int) -> list[list[str]]:
        """The overrides of its cells when they are so long, and not scored on the test set."""
        own = [[word for word in cell if _key(word) not in ("runner.steps", "runner.test")] for cell in self.cells]
        return [[*cell, f"runner.steps={steps}", "runner.test=false"] for cell in own]


@dataclass(frozen=True)
class Trial:
    """How a candidate did at one rung.

    Attributes:
        score: mean over seeds, nats; infinite if a seed diverged, not a number without a score.
        statuses: of its cells.
    """

    candidate: Candidate
    rung: int
    steps: int
    score: float
    statuses: tuple[str, ...]
    verdict: str = ""


def candidates_of(cells: Iterable[Sequence[str]]) -> list[Candidate]:
    """The candidates that the cells of a sweep, given by their overrides, make up."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[str, ...]]] = {}
    for cell in cells:
        words = [word for word in cell if _key(word) not in ("experiment", "seed", "output", "runner.test")]
        setting = tuple(word for word in words if _is_chosen(_key(word)))
        pair = tuple(word for word in words if word not in setting)
        found.setdefault((pair, setting), []).append(tuple(cell))
    return [Candidate(pair, setting, tuple(of_seeds)) for (pair, setting), of_seeds in found.items()]


def trial(candidate: Candidate, rung: int, steps: int, records: Sequence[Mapping[str, Any]]) -> Trial:
    """What the records of its cells, one for each seed, say of a candidate."""
    statuses = tuple(str(record.get("status", "missing")) for record in records)
    scores = [validation_score(record) for record in records]
    return Trial(candidate, rung, steps, sum(scores) / len(scores), statuses)


def validation_score(record: Mapping[str, Any]) -> float:
    """What a cell is chosen by, nats; infinite for one that diverged, not a number for one without a score."""
    if record.get("status") == "diverged":
        return math.inf
    return float((record.get("scores") or {}).get(VALIDATION, math.nan)) if record.get("status") == "done" else math.nan


def best(trials: Sequence[Trial], count: int) -> list[Trial]:
    """So many of the trials with the lowest scores, of those that have one that is finite."""
    return sorted((each for each in trials if math.isfinite(each.score)), key=lambda each: each.score)[:count]


def write_trials(path: Path, trials: Iterable[Trial]) -> None:
    """One row for each candidate and rung, as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["for", "setting", "rung", "steps", VALIDATION, "seeds", "statuses", "verdict"])
    for each in trials:
        statuses = {status: each.statuses.count(status) for status in each.statuses}
        told = " ".join(f"{count} {status}" for status, count in statuses.items())
        of = each.candidate
        score = "" if math.isnan(each.score) else repr(each.score)
        row = [" ".join(of.pair), " ".join(of.setting), each.rung, each.steps, score, len(of.cells), told, each.verdict]
        table.writerow(row)
    write_atomically(path, text.getvalue())


def configuration(
    chosen: Sequence[Candidate],
    experiment: str | None,
    params: Mapping[str, Any],
    output: str,
    runner: Mapping[str, Any],
) -> str:
    """An experiment with the chosen settings, a grid for those that are alike, crossed with the seeds of their cells.

    Args:
        chosen: one candidate for each estimator and problem.
        experiment: that it was chosen for, all of whose other settings are taken over.
        params: of that experiment's sweeper; what they crossed or narrowed stands in the grids.
        output: folder of the cells.
        runner: options of the runner that are not that experiment's.
    """
    seeds = dict.fromkeys(
        _value(word) for each in chosen for cell in each.cells for word in cell if _key(word) == "seed"
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
                    [{_key(word): _value(word) for word in (*each.pair, *each.setting)} for each in chosen]
                ),
            },
        },
    }
    return yaml.safe_dump(content, sort_keys=False, width=1000)


def _merged(grids: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The same cells in fewer grids: those that differ in the estimator alone are one, then those in the task alone."""
    merged = [dict(grid) for grid in grids]
    for key in ("estimator", "task"):
        values: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for grid in merged:
            rest = tuple(item for item in grid.items() if item[0] != key)
            values.setdefault(rest, []).extend([grid[key]] if key in grid else [])
        merged = [({key: ",".join(found)} if found else {}) | dict(rest) for rest, found in values.items()]
    return merged


def steps_of(candidate: Candidate) -> str | None:
    """``runner.steps`` as its overrides have it."""
    return next((_value(word) for word in candidate.pair if _key(word) == "runner.steps"), None)


def _is_chosen(key: str) -> bool:
    section, _, below = key.lstrip("+~").partition(".")
    return section.partition("@")[0] in CHOSEN and (bool(below) or section != "estimator")


def _key(word: str) -> str:
    return word.partition("=")[0]


def _value(word: str) -> str:
    return word.partition("=")[2]
