"""Chosen settings on fresh seeds, on which a setting that was best by chance among many is not best again."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.utils import JobReturn
from hydra.errors import HydraException

from runners.cells.record import Record, read_record
from runners.config.as_given import path_as_given
from runners.sweeps.candidates import Candidate, Trial, best, steps_of, trial
from runners.sweeps.choosing import ChoosingSweeper
from runners.sweeps.tally import current


class ConfirmationSweeper(ChoosingSweeper):
    """Runs an experiment's chosen settings with test scores, on seeds that had no part in the choice.

    Settings are chosen from the cells in another folder, of a search or of the experiment itself: for each estimator
    and problem, the setting with the lowest mean validation score among those whose cells are all done. A single
    setting need not have been run.

    Args:
        grids, params: of the experiment, see :class:`runners.sweeps.grids.GridSweeper`.
        of: the folder with the cells to choose from; if null, that of the search by ``make tune`` next to the output,
            or else that of the experiment itself.
        seeds: the number of seeds, at least 1. They are the smallest integers that no cell in that folder has.
    """

    name = "confirm"

    def __init__(
        self, grids: Sequence[Mapping[str, Any]], params: Mapping[str, Any], of: str | None, seeds: int
    ) -> None:
        super().__init__(grids, params)
        self.of, self.seeds = of, seeds

    def sweep(self, arguments: list[str]) -> Sequence[JobReturn]:
        assert self.config is not None
        self.require_counts(seeds=1)
        pairs, source = self.pairs(arguments), self._source()
        choices = [self._chosen(of_pair, source) for of_pair in pairs]
        chosen = [candidate for candidate in choices if candidate is not None]
        if not chosen:
            raise HydraException(f"hydra.sweeper.of={source}: no cell of this experiment is done there")
        seeds = self._fresh(source)
        fresh = [_with_seeds(candidate, seeds) for candidate in chosen]
        path, _ = self.write_experiment("confirmed", path_as_given(self.config.output), fresh, {"test": True})
        print(
            f"{len(chosen)} of {len(pairs)} pairs of estimator and task have a setting, chosen from the cells in "
            f"{source}; the settings are in {path}"
        )
        return self.launch([list(words) for candidate in fresh for words in candidate.cells])

    def _source(self) -> Path:
        assert self.config is not None
        if self.of is not None:
            source = path_as_given(str(self.of))
            if not source.is_dir():
                raise HydraException(f"hydra.sweeper.of={self.of}: there is no such folder")
            return source
        if self.experiment is None:
            raise HydraException("hydra.sweeper.of=null: give the folder with the cells to choose from")
        parent = path_as_given(self.config.output).parent
        search = parent / f"{self.experiment}_tuning"
        return search if search.is_dir() else parent / self.experiment

    def _chosen(self, candidates: Sequence[Candidate], source: Path) -> Candidate | None:
        """The best setting of one estimator on one problem; None if there is none.

        The sweep is not successful then, unless all settings diverged or do not apply.
        """
        if len(candidates) == 1:
            return candidates[0]
        trials = [self._trial(candidate, source) for candidate in candidates]
        pending = sum(trial.is_pending for trial in trials)
        words, tally = " ".join(candidates[0].pair), current()
        for chosen in best(trials, 1):
            if pending:
                print(f"{words}: {pending} of {len(trials)} settings have cells without a score; the choice may change")
            return chosen.candidate
        statuses = dict.fromkeys(status for trial in trials for status in trial.statuses)
        problem = f"no setting can be chosen for {words}: its cells are {', '.join(statuses)}"
        if pending and tally is not None:
            tally.problems.append(problem)
        else:
            print(problem)
        return None

    def _trial(self, candidate: Candidate, source: Path) -> Trial:
        """The outcome of a candidate, with the overrides of the experiment or else of the last rung of a search."""
        assert self.config is not None
        steps = int(steps_of(candidate) or self.config.runner.steps)
        for cells in (candidate.cells, candidate.at(steps)):
            records = [self._record(words, source) for words in cells]
            if any(records):
                break
        return trial(candidate, 1, steps, records)

    def _record(self, words: Sequence[str], source: Path) -> Record:
        cell = self.composition.cell(words)
        cell.output = source
        return read_record(cell.folder)

    def _fresh(self, source: Path) -> list[int]:
        """The smallest integers that are not the seed of any cell in the folder."""
        used = {read_record(path.parent).get("seed") for path in source.glob("*/meta.json")}
        return list(itertools.islice((seed for seed in itertools.count() if seed not in used), self.seeds))


def _with_seeds(candidate: Candidate, seeds: Iterable[int]) -> Candidate:
    """The candidate with one cell per seed, scored on the test set."""
    (first, *_) = candidate.cells
    words = [word for word in first if word.partition("=")[0] not in ("seed", "runner.test")]
    return Candidate(
        candidate.pair, candidate.setting, tuple((*words, f"seed={seed}", "runner.test=true") for seed in seeds)
    )
