"""Runs one cell, and records how it ends."""

from __future__ import annotations

import errno
import json
import multiprocessing
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Never

import torch
from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable, build
from runners.cells.cell import Cell
from runners.cells.containment import contained, describe, in_a_copied_context, message_of, one_process, traceback_of
from runners.cells.divergence import Diverged, require_finite
from runners.cells.ending import Ending, announce
from runners.cells.environment import environment
from runners.cells.interruption import Ended, Interrupted, TimedOut, ending_on_signals
from runners.cells.isolation import Unresponsive, death, end_with_parent, run_in_own_process
from runners.cells.leftovers import ending_leftovers
from runners.cells.memory import peak_memory_mb, reset_peak_memory
from runners.cells.progress import in_main_process, log, logging_to
from runners.cells.terminal import use_terminal
from runners.config import EXECUTION
from runners.config.classes import end_process
from runners.config.messages import names_key
from runners.config.validation import mistakes_in
from tasks.fetch import DataError

EXIT_STATUS = 143
"""Exit status of a process that was asked to end: the shell's convention for SIGTERM."""


class Left(SystemExit):
    """The process ends, since its cell was interrupted."""


@in_a_copied_context
@contained()  # importing a user's module, and destroying its objects, may have effects too
def run_cell(config: DictConfig, overrides: list[str]) -> tuple[Cell, Ending]:
    """Runs a cell unless it is finished or another process is running it. Returns the cell and how it ended.

    This function raises no error of the cell, which would end the whole sweep; it ends the process on a signal.
    """
    cell = Cell(config, overrides)
    try:
        with claimed(cell) as ending:
            return cell, run_claimed(cell) if ending is None else ending
    except Left:
        raise
    except (Exception, SystemExit) as error:  # a full disk, or raised by a user's class
        return cell, announce_failure(cell, error)


@contextmanager
def claimed(cell: Cell) -> Iterator[Ending | None]:
    """Holds the cell's lock. Gives None if the cell is to be run, and otherwise its ending."""
    mistakes = list(mistakes_in(cell.config))
    if mistakes:
        yield announce(cell, status="failed", reason="; ".join(mistakes))
        return
    options = cell.config.runner
    with cell.lock() as mine:
        if not mine:
            yield announce(cell, "in another process")
        elif cell.finished and not (options.get("retry") and cell.unsuccessful):
            yield announce(cell, "finished before")
        elif cell.deaths >= options.get("attempts", sys.maxsize) and not options.get("retry"):
            cell.close("crashed", f"died {cell.deaths} times in a row; runner.retry=true tries again")
            yield announce(cell)
        else:
            yield None


def run_claimed(cell: Cell) -> Ending:
    """Runs a cell whose lock the caller holds."""
    run = run_isolated if cell.config.runner.get("isolate") else run_here
    run(cell)
    reason = str(cell.meta.get("reason"))
    if cell.meta.get("status") == "failed" and names_key(reason, cell.config) and not cell.has_begun:
        shutil.rmtree(cell.folder)  # a constructor found a mistake in the configuration, which leaves no cell behind
        return announce(cell, status="failed", reason=reason)
    return announce(cell)


def run_isolated(cell: Cell) -> None:
    """Runs the cell in a separate process, and records how that ended if it did not do so itself."""
    timeout = cell.config.runner.get("timeout")
    order = {"config": OmegaConf.to_container(cell.config, resolve=True), "overrides": list(cell.overrides)}
    cell.folder.mkdir(parents=True, exist_ok=True)
    try:
        with ending_on_signals(timeout=None):
            status = run_in_own_process("runners.cells.execution", order, timeout, cell.log)
    except Unresponsive:
        cell.close("timeout", f"took longer than runner.timeout={timeout} seconds, and did not react")
        return
    except Interrupted as ending:
        if cell.meta.get("status", "running") == "running":
            cell.close("interrupted", str(ending))
        leave(ending)
    if cell.meta.get("status", "running") == "running":
        cell.close("crashed", death(status, cell.log))


@in_a_copied_context
def run_here(cell: Cell) -> None:
    """Runs the cell in this process, which holds its lock."""
    config = cell.config
    cell.folder.mkdir(parents=True, exist_ok=True)
    with logging_to(cell.log):
        try:
            with running([cell], config.runner.get("timeout")):
                entries = runner_of(config)(cell)
            require_finite(entries.get("scores") or {}, entries.get("step", 0))
            cell.close("done", **entries, peak_memory_mb=round(peak_memory_mb(config.device), 1))
        except Interrupted as ending:
            close_without_scores(cell, ending)
            leave(ending)
        except BaseException as ending:  # a user's code may also raise SystemExit or KeyboardInterrupt
            close_without_scores(cell, ending)


@contextmanager
def running(cells: Sequence[Cell], timeout: float | None) -> Iterator[None]:
    """Within the block the cells, which this process holds the locks of, are recorded as running as one program, and
    their code is contained and can be ended.

    Args:
        cells: on the same device, with the same number of threads.
        timeout: seconds for all of them; None for no limit.
    """
    config = cells[0].config
    with contained(), ending_on_signals(timeout, lambda ending: give_up(cells, ending)):
        torch.set_num_threads(config.threads)
        for cell in cells:
            cell.open(environment(config.device), replicas=len(cells))
        reset_peak_memory(config.device)
        with one_process():
            yield


def close_without_scores(cell: Cell, ending: BaseException) -> None:
    """Records the exception that ended the cell before it was done."""
    try:
        match ending:
            case NotApplicable():
                cell.close("skipped", message_of(ending))
            case Diverged():
                cell.close("diverged", message_of(ending), step=ending.step)
            case TimedOut():
                cell.close("timeout", str(ending))
            case Interrupted():
                cell.close("interrupted", str(ending))
            case _:
                log.debug(traceback_of(ending))
                cell.close("failed", _reason(ending, cell))
    except OSError:
        raise
    except (Exception, SystemExit) as odd:  # a user's error with values that a record cannot have, or worse
        log.debug(traceback_of(ending))
        cell.close("failed", f"{describe(ending)} ({describe(odd)})")


def give_up(cells: Sequence[Cell], ending: Ended) -> Never:
    """Records the ending of cells whose code does not return and handles exceptions itself, and ends the process."""
    try:
        for cell in cells:
            if not cell.finished:
                close_without_scores(cell, ending)
                announce(cell)
        sys.stderr.write(
            f"{ending}: a step did not return. Run the same command again to resume from the last checkpoint\n"
        )
        sys.stderr.flush()
    finally:
        end_process(EXIT_STATUS)


def runner_of(config: DictConfig) -> Any:
    """The configured runner, which is called with a cell."""
    resolved: Any = OmegaConf.to_container(config.runner, resolve=True)
    return build(OmegaConf.create({key: value for key, value in resolved.items() if key not in EXECUTION}))


def announce_failure(cell: Cell, error: BaseException) -> Ending:
    """Announces an error because of which the cell could not leave a record."""
    return announce(cell, status="failed", reason=_reason(error, cell))


def _reason(error: BaseException, cell: Cell) -> str:
    description = describe(error)
    message = description.partition(": ")[2]
    if isinstance(error, ValueError | TypeError | ImportError | DataError) and names_key(message, cell.config):
        return message
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk of {cell.folder} is full; make room and run the same command again with runner.retry=true"
    return description


def leave(ending: Interrupted) -> Never:
    """Ends the process after its cell was interrupted."""
    sys.stderr.write(f"interrupted ({ending}): run the same command again to resume from the checkpoint\n")
    if in_main_process():
        raise Left(EXIT_STATUS)
    sys.stderr.flush()
    end_process(EXIT_STATUS)  # a worker of joblib would treat SystemExit as an error, and run the next cell


def main() -> None:
    """``python -m runners.cells.execution``: the process of an isolated cell."""
    multiprocessing.current_process().name = "Cell"  # not the main process, whose progress bar is that of the sweep
    use_terminal()
    order = json.load(sys.stdin)
    end_with_parent(order["parent"])
    with ending_leftovers():
        run_here(Cell(DictConfig(order["config"]), order["overrides"]))


if __name__ == "__main__":
    main()
