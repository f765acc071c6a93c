"""Successive halving: many settings for a few steps, the better ones for more steps, the best to the end.

Jamieson & Talwalkar 2016, *Non-stochastic best arm identification and hyperparameter optimization*. It is one bracket
of Hyperband (Li, Jamieson, DeSalvo, Rostamizadeh & Talwalkar 2018, section 3).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from hydra.errors import HydraException

from runners.cells.cell import Cell
from runners.config.as_given import path_as_given
from runners.sweeps.candidates import Candidate, Trial, best, by_pair, steps_of, trial, write_trials
from runners.sweeps.choosing import ChoosingSweeper

TRIALS = "tuning.csv"
"""File in the output folder: the settings tried, the rung at which each was dropped, and the settings chosen."""

WAIT = 1.0
"""Seconds between checks of a cell that another process runs."""


class HalvingSweeper(ChoosingSweeper):
    """Chooses the settings of each estimator on each problem of an experiment by their validation scores.

    The experiment's cells are run without test scores, first for steps / factor^(rungs - 1) steps. For each estimator
    and problem, the best 1 / ``factor`` of the settings, but at least ``finalists``, continue to the next rung, which
    is ``factor`` times as long. The best setting of the last rung is chosen. Every rung is a sweep through the
    launcher, whose cells resume from the checkpoints of the previous rung. The choice depends on the cells' records
    alone, so the same command resumes a search that was interrupted.

    Settings are the keys of :data:`runners.sweeps.candidates.CHOSEN`; scores are means over the seeds of the
    experiment. A setting that diverges on any seed is dropped. If there is only one setting, nothing is run.

    Args:
        grids, params: of the experiment, see :class:`runners.sweeps.grids.GridSweeper`.
        rungs: number of rungs, at least 1; the last is as long as the experiment.
        factor: at least 2.
        finalists: number of settings that are trained to the end, at least 1.
    """

    name = "halving"

    def __init__(
        self, grids: Sequence[Mapping[str, Any]], params: Mapping[str, Any], rungs: int, factor: int, finalists: int
    ) -> None:
        super().__init__(grids, params)
        self.rungs, self.factor, self.finalists = rungs, factor, finalists

    def sweep(self, arguments: list[str]) -> Sequence[JobReturn]:
        assert self.config is not None
        self.require_counts(rungs=1, factor=2, finalists=1)
        folder, pairs = path_as_given(self.config.output), self.pairs(arguments)
        chosen = {alone.pair: alone for alone, *others in pairs if not others}
        alive = [candidate for several in pairs if len(several) > 1 for candidate in several]
        jobs: list[JobReturn] = []
        tried: list[Trial] = []
        for rung in range(1, self.rungs + 1):
            returned, trials = self._run(alive, rung)
            jobs += returned
            pending = sum(trial.is_pending for trial in trials)
            of_pairs = by_pair(trials, lambda trial: trial.candidate.pair)
            judged = [trial for of_pair in of_pairs for trial in self._judged(of_pair, rung)]
            tried += trials if pending else judged
            write_trials(folder / TRIALS, tried)
            if pending:
                print(f"tuning stops at rung {rung}: {pending} settings have cells without a score; see {TRIALS}")
                return jobs
            chosen |= {trial.candidate.pair: trial.candidate for trial in judged if trial.verdict == "chosen"}
            alive = [trial.candidate for trial in judged if trial.verdict == "goes on"]
        self._report(folder, [chosen[first.pair] for first, *_ in pairs if first.pair in chosen], len(pairs))
        return jobs

    def _run(self, candidates: Sequence[Candidate], rung: int) -> tuple[Sequence[JobReturn], list[Trial]]:
        """Runs a rung to its end, waiting for cells that other processes run."""
        lengths = [self._steps(candidate, rung) for candidate in candidates]
        cells = [candidate.at(steps) for candidate, steps in zip(candidates, lengths, strict=True)]
        jobs = self.launch([words for of_candidate in cells for words in of_candidate]) if cells else []
        of_words = {tuple(words): self.composition.cell(words) for of_candidate in cells for words in of_candidate}
        while elsewhere := [words for words, cell in of_words.items() if _is_held(cell)]:
            while any(_is_held(of_words[words]) for words in elsewhere):
                time.sleep(WAIT)
            jobs = [*jobs, *self.launch([list(words) for words in elsewhere])]
        records = [[of_words[tuple(words)].meta for words in of_candidate] for of_candidate in cells]
        return jobs, [
            trial(candidate, rung, steps, of_candidate)
            for candidate, steps, of_candidate in zip(candidates, lengths, records, strict=True)
        ]

    def _judged(self, trials: Sequence[Trial], rung: int) -> list[Trial]:
        """The trials of one estimator on one problem, with their verdicts."""
        last = rung == self.rungs
        kept = best(trials, 1 if last else max(self.finalists, math.ceil(len(trials) / self.factor)))
        return [replace(trial, verdict=_verdict(trial, trial in kept, last)) for trial in trials]

    def _steps(self, candidate: Candidate, rung: int) -> int:
        assert self.config is not None
        steps = steps_of(candidate) or str(self.config.runner.steps)
        if not steps.isdecimal():
            raise HydraException(f"runner.steps={steps}: an integer is needed")
        return max(1, round(int(steps) / self.factor ** (self.rungs - rung)))

    def _report(self, folder: Path, chosen: Sequence[Candidate], pairs: int) -> None:
        path, command = self.write_experiment("tuned", folder, chosen, {"extend_from": [str(folder)]})
        words = f"{len(chosen)} of {pairs} pairs of estimator and task have a setting"
        print(f"{words}, in {path}; all trials are in {TRIALS}")
        print(command)


def _verdict(trial: Trial, kept: bool, last: bool) -> str:
    if kept:
        return "chosen" if last else "goes on"
    if math.isnan(trial.score):
        return "skipped"
    return "dropped" if math.isfinite(trial.score) else "diverged"


def _is_held(cell: Cell) -> bool:
    with cell.lock() as acquired:
        return not acquired
