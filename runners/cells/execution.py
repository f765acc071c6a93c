"""Runs one cell, and records how it ends."""

from __future__ import annotations

import errno
import json
import multiprocessing
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from os import _exit  # which the code of a cell does not have
from typing import Any, Never

import torch
from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable, build
from runners.cells.cell import Cell
from runners.cells.containment import contained, describe, message_of, one_process, traceback_of
from runners.cells.divergence import Diverged, require_finite
from runners.cells.ending import Ending, announce
from runners.cells.environment import environment
from runners.cells.interruption import Ended, Interrupted, TimedOut, ending_on_signals
from runners.cells.isolation import Unresponsive, death, end_with_parent, run_in_own_process
from runners.cells.keys import EXECUTION
from runners.cells.memory import peak_memory_mb, reset_peak_memory
from runners.cells.progress import in_main_process, log, logging_to
from runners.cells.record import Unreadable
from runners.cells.terminal import use_terminal
from runners.config.messages import names_key
from runners.config.validation import mistakes_in

EXIT_STATUS = 143
"""Of a process that was asked to end, as shells know it."""


def run_cell(config: DictConfig, overrides: list[str]) -> tuple[Cell, Ending]:
    """Runs a cell that is not finished. Returns the cell and how it ended.

    A cell that another process is running is left to that one. No error of the cell leaves this function, because one
    would end the whole sweep; a signal to end does.
    """
    cell = Cell(config, overrides)
    mistakes = list(mistakes_in(config))
    if mistakes:
        return cell, announce(cell, status="failed", reason="; ".join(mistakes))
    try:
        with claimed(cell) as ending:
            return cell, run_claimed(cell) if ending is None else ending
    except OSError as error:
        return cell, announce_failure(cell, error)


@contextmanager
def claimed(cell: Cell) -> Iterator[Ending | None]:
    """Holds the cell's lock. Gives None for a cell that is to be run, and the ending of one that is not."""
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
    """Runs a cell whose lock the caller has."""
    run = run_isolated if cell.config.runner.get("isolate") else run_here
    run(cell)
    ending = announce(cell)
    if ending.status == "failed" and names_key(str(ending.reason), cell.config) and not cell.has_begun:
        shutil.rmtree(cell.folder)  # a mistake that a constructor found; with another value it is another cell
    return ending


def run_isolated(cell: Cell) -> None:
    """Runs the cell in a process of its own, and records how that ended if it could not itself."""
    timeout = cell.config.runner.get("timeout")
    order = {"config": OmegaConf.to_container(cell.config, resolve=True), "overrides": list(cell.overrides)}
    cell.folder.mkdir(parents=True, exist_ok=True)
    try:
        with ending_on_signals(timeout=None):
            status = run_in_own_process("runners.cells.execution", order, timeout, cell.folder / "cell.log")
    except Unresponsive:
        cell.close("timeout", f"took longer than runner.timeout={timeout} seconds, and did not react")
        return
    except Interrupted as ending:
        if cell.meta.get("status", "running") == "running":
            cell.close("interrupted", str(ending))
        leave(ending)
    if cell.meta.get("status", "running") == "running":
        cell.close("crashed", death(status, cell.folder / "cell.log"))


def run_here(cell: Cell) -> None:
    """Runs the cell in this process, which has its lock."""
    config = cell.config
    cell.folder.mkdir(parents=True, exist_ok=True)
    with contained(), logging_to(cell.folder / "cell.log"):
        torch.set_num_threads(config.threads)
        try:
            with ending_on_signals(config.runner.get("timeout"), lambda ending: give_up([cell], ending)):
                cell.open(environment(config.device))
                reset_peak_memory(config.device)
                with one_process():
                    entries = runner_of(config)(cell)
            require_finite(entries.get("scores") or {}, entries.get("step", 0))
            cell.close("done", **entries, peak_memory_mb=round(peak_memory_mb(config.device), 1))
        except Interrupted as ending:
            close_without_scores(cell, ending)
            leave(ending)
        except BaseException as ending:  # a user's code may raise SystemExit or KeyboardInterrupt too
            close_without_scores(cell, ending)


def close_without_scores(cell: Cell, ending: BaseException) -> None:
    """Records what ended the cell before it was done."""
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
    except Unreadable as odd:  # a user's code may raise these with anything
        log.debug(traceback_of(ending))
        cell.close("failed", f"{describe(ending)} ({odd})")


def give_up(cells: Sequence[Cell], ending: Ended) -> Never:
    """Ends the process, whose code has not come back for a long time: it may hold what a mere exception would need."""
    for cell in cells:
        if not cell.finished:
            close_without_scores(cell, ending)
            announce(cell)
    sys.stderr.write(
        f"{ending}: a step did not return. Run the same command again to resume from the last checkpoint\n"
    )
    sys.stderr.flush()
    _exit(EXIT_STATUS)


def runner_of(config: DictConfig) -> Any:
    """The configured runner, called with a cell."""
    settings = {key: value for key, value in config.runner.items() if key not in EXECUTION}
    return build(OmegaConf.create(settings))


def announce_failure(cell: Cell, error: OSError) -> Ending:
    """For an error that keeps the cell from leaving a record."""
    return announce(cell, status="failed", reason=_reason(error, cell))


def _reason(error: BaseException, cell: Cell) -> str:
    words = describe(error)
    message = words.partition(": ")[2]
    if isinstance(error, ValueError | TypeError | ImportError) and names_key(message, cell.config):
        return message
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk of {cell.folder} is full; make room and run the same command again with runner.retry=true"
    return words


def leave(ending: Interrupted) -> Never:
    """Ends the process, whose cell has been interrupted."""
    sys.stderr.write(f"interrupted ({ending}): run the same command again to resume from the checkpoint\n")
    if in_main_process():
        sys.exit(EXIT_STATUS)
    sys.stderr.flush()
    _exit(EXIT_STATUS)  # joblib's workers would take SystemExit for an error, and begin with the next cell


def main() -> None:
    """``python -m runners.cells.execution``: the process of an isolated cell."""
    multiprocessing.current_process().name = "Cell"  # no worker shows progress over that of the sweep
    use_terminal()
    order = json.load(sys.stdin)
    end_with_parent(order["parent"])
    run_here(Cell(DictConfig(order["config"]), order["overrides"]))


if __name__ == "__main__":
    main()
