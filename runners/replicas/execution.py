"""Runs several cells as replicas. Each of them ends, and is recorded, as if it ran alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Any

from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable
from runners.cells import checkpoint
from runners.cells.cell import Cell
from runners.cells.containment import contained, describe, in_a_copied_context, traceback_of
from runners.cells.divergence import Diverged
from runners.cells.ending import announce
from runners.cells.execution import (
    Left,
    announce_failure,
    claimed,
    close_without_scores,
    leave,
    run_claimed,
    running,
)
from runners.cells.extension import begin_with_shorter
from runners.cells.interruption import Ended, Interrupted, TimedOut, undisturbed
from runners.cells.memory import peak_memory_mb
from runners.cells.progress import log, logging_to
from runners.config import EXECUTION
from runners.replicas.replicas import Replica, Replicas

TRAINING = "runners.train.train"
"""The runner whose cells can be trained as replicas."""

NOT_OF_TRAINING = ("_target_", "_partial_", "extend_from", "compile", *EXECUTION)
"""Keys of the section ``runner`` that are not arguments of :meth:`Program.run`."""


@in_a_copied_context
@contained()
def run_side_by_side(configs: Sequence[tuple[DictConfig, list[str]]]) -> None:
    """Runs the cells of these configurations and overrides that are not finished and that no other process is running.

    Cells that agree in what is computed, and in the step from which they resume, become one program. Cells that cannot
    be combined, or whose program fails at the first step, run one after the other.
    """
    with ExitStack() as locks:
        cells = [Cell(config, overrides) for config, overrides in configs]
        for group in _groups([cell for cell in cells if _claim(cell, locks)]):
            try:
                _run_group(group)
            except Left:
                raise
            except (Exception, SystemExit) as error:
                for cell in group:
                    if not cell.finished:
                        announce_failure(cell, error)


def _claim(cell: Cell, locks: ExitStack) -> bool:
    """Locks the cell if it is to be run, and returns whether it is; if not, reports the reason."""
    try:
        return locks.enter_context(claimed(cell)) is None
    except (Exception, SystemExit) as error:
        announce_failure(cell, error)
        return False


def _groups(cells: Sequence[Cell]) -> list[list[Cell]]:
    groups: dict[str, list[Cell]] = {}
    if _possible(cells):
        for cell in cells:
            _begin_with_shorter(cell, replicas=len(cells))
    for cell in cells:
        groups.setdefault(_program(cell), []).append(cell)
    return list(groups.values())


def _possible(cells: Sequence[Cell]) -> bool:
    """Whether the configurations of some cells allow to train them as one program."""
    return len(cells) > 1 and all(
        cell.config.runner._target_ == TRAINING
        and not cell.config.runner.get("isolate")
        and not cell.config.runner.get("compile")
        for cell in cells
    )


def _begin_with_shorter(cell: Cell, replicas: int) -> None:
    runner = cell.config.runner
    with suppress(OSError):  # the cell's run will report it
        cell.folder.mkdir(parents=True, exist_ok=True)
        with logging_to(cell.log):
            begin_with_shorter(cell, runner.steps, runner.get("extend_from") or [], replicas)


def _program(cell: Cell) -> str:
    """What cells must agree in to be one program: everything that is computed, and the step from which they resume."""
    config: Any = OmegaConf.to_container(cell.config, resolve=True)
    state = checkpoint.last_good(cell.checkpoint, lineage=cell.lineage, steps=config["runner"].get("steps"))
    shared = {key: config[key] for key in ("estimator", "task", "runner", "device", "threads")}
    return json.dumps([shared, 0 if state is None else state["step"]], sort_keys=True)


def _run_group(cells: Sequence[Cell]) -> None:
    if _possible(cells) and _train(cells):
        return
    for cell in cells:
        run_claimed(cell)


@in_a_copied_context
def _train(cells: Sequence[Cell]) -> bool:
    """Trains and scores the cells as one program. Returns False, with a line in the log, if that is not possible."""
    config = cells[0].config
    timeout = config.runner.get("timeout")
    program = Program(cells)
    try:
        with running(cells, timeout and timeout * len(cells)):
            program.run(**{key: value for key, value in config.runner.items() if key not in NOT_OF_TRAINING})
    except TimedOut:
        together = f"{len(cells)} cells took longer than {len(cells)} x runner.timeout={timeout} seconds"
        _close(cells, TimedOut(together))
    except Interrupted as ending:
        _close(cells, ending)
        leave(ending)
    except NotApplicable as reason:
        _close(cells, reason)
    except BaseException as error:  # a user's code may also raise SystemExit or KeyboardInterrupt
        if not program.proven:
            _one_by_one(cells, error)
            return False
        _close(cells, error)
    return True


class Program:
    """The training of several cells as one program; ``proven`` once it has made a step."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.replicas: Replicas | None = None

    @property
    def proven(self) -> bool:
        return self.replicas is not None and self.replicas.advanced

    def run(
        self,
        steps: int,
        batch_size: int,
        evaluate_every: int,
        bound_samples: int,
        valid_samples: int,
        checkpoint_every: int,
        test: bool = True,
        tensorboard: bool = False,
        cuda_graph: bool = False,
    ) -> None:
        """Takes the arguments of :func:`runners.train.train`, and records each cell as it ends."""
        runs = [Replica.begin(cell, batch_size, tensorboard, len(self.cells)) for cell in self.cells]
        self.replicas = Replicas(runs, cuda_graph)
        try:
            for replica, divergence in self.replicas.run(steps, evaluate_every, checkpoint_every):
                _close([replica.cell], divergence)
        except Ended as ending:
            if not ending.at_once:
                self.replicas.save()
            raise
        for replica in self.replicas.runs:
            replica.write_gallery()
            try:
                entries = replica.outcome(valid_samples, bound_samples if test else None)
            except Diverged as divergence:
                _close([replica.cell], divergence)
                continue
            with undisturbed():
                replica.cell.close("done", **entries, peak_memory_mb=round(peak_memory_mb(replica.device), 1))
            announce(replica.cell)


def _close(cells: Sequence[Cell], ending: BaseException) -> None:
    """Records the ending for those of the cells that have not ended."""
    for cell in cells:
        if not cell.finished:
            with logging_to(cell.log):
                close_without_scores(cell, ending)
            announce(cell)


def _one_by_one(cells: Sequence[Cell], error: BaseException) -> None:
    for cell in cells:
        cell.record(status="interrupted")  # so that it does not count as a crash
    with logging_to(cells[0].log):
        log.debug(traceback_of(error))
        reason = describe(error).splitlines()[0]
        log.warning("runner.vectorize=true: these cells are trained one by one. %s", reason)
