"""Runs one cell to its end, whatever that is, and records it."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Never

import torch
from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable, build
from runners.cells.cell import Cell
from runners.cells.divergence import Diverged, require_finite
from runners.cells.ending import Ending, announce
from runners.cells.environment import environment
from runners.cells.interruption import Interrupted, TimedOut, ending_on_signals
from runners.cells.isolation import Unresponsive, death, run_in_own_process
from runners.cells.keys import EXECUTION
from runners.cells.memory import peak_memory_mb, reset_peak_memory
from runners.cells.progress import in_main_process, log, logging_to
from runners.config.validation import mistakes_in


def run_cell(config: DictConfig, overrides: list[str]) -> tuple[Cell, Ending]:
    """Runs a cell that is not finished. Returns the cell and how it ended.

    A cell that another process is running is left to that one. No error of the cell leaves this function, because one
    would end the whole sweep; a signal to end does.
    """
    cell = Cell(config)
    mistakes = list(mistakes_in(config))
    if mistakes:
        return cell, announce(cell, status="failed", reason="; ".join(mistakes))
    try:
        with claimed(cell) as ending:
            return cell, run_claimed(cell, overrides) if ending is None else ending
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


def run_claimed(cell: Cell, overrides: list[str]) -> Ending:
    """Runs a cell whose lock the caller has."""
    run = run_isolated if cell.config.runner.get("isolate") else run_here
    run(cell, overrides)
    return announce(cell)


def run_isolated(cell: Cell, overrides: list[str]) -> None:
    """Runs the cell in a process of its own, and records how that ended if it could not itself."""
    timeout = cell.config.runner.get("timeout")
    order = {"config": OmegaConf.to_container(cell.config, resolve=True), "overrides": overrides}
    cell.folder.mkdir(parents=True, exist_ok=True)
    try:
        status = run_in_own_process("runners.cells.execution", order, timeout)
    except Unresponsive:
        cell.close("timeout", f"took longer than runner.timeout={timeout} seconds, and did not react")
        return
    if cell.meta.get("status", "running") == "running":
        cell.close("crashed", death(status))


def run_here(cell: Cell, overrides: list[str]) -> None:
    """Runs the cell in this process, which has its lock."""
    config = cell.config
    torch.set_num_threads(config.threads)
    cell.folder.mkdir(parents=True, exist_ok=True)
    with logging_to(cell.folder / "cell.log"):
        try:
            with ending_on_signals(config.runner.get("timeout")):
                cell.open(overrides, environment(config.device))
                reset_peak_memory(config.device)
                entries = runner_of(config)(cell)
            require_finite(entries.get("scores") or {}, entries.get("step", 0))
            cell.close("done", **entries, peak_memory_mb=round(peak_memory_mb(config.device), 1))
        except Exception as ending:
            close_without_scores(cell, ending)
        except Interrupted as ending:
            close_without_scores(cell, ending)
            leave(ending)


def close_without_scores(cell: Cell, ending: Exception | Interrupted) -> None:
    """Records what ended the cell before it was done."""
    match ending:
        case NotApplicable():
            cell.close("skipped", str(ending))
        case Diverged():
            cell.close("diverged", str(ending), step=ending.step)
        case TimedOut():
            cell.close("timeout", str(ending))
        case Interrupted():
            cell.close("interrupted", str(ending))
        case _:
            log.debug("".join(traceback.format_exception(ending)))
            cell.close("failed", _reason(ending, cell.folder))


def runner_of(config: DictConfig) -> Any:
    """The configured runner, called with a cell."""
    settings = {key: value for key, value in config.runner.items() if key not in EXECUTION}
    return build(OmegaConf.create(settings))


def announce_failure(cell: Cell, error: OSError) -> Ending:
    """For an error that keeps the cell from leaving a record."""
    return announce(cell, status="failed", reason=_reason(error, cell.folder))


def _reason(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk of {folder} is full; make room and run the same command again with runner.retry=true"
    return f"{type(error).__name__}: {error}"


def leave(ending: Interrupted) -> Never:
    """Ends the process, with the status that shells know for a signal."""
    sys.stderr.write(f"interrupted ({ending}): the same command goes on from the checkpoint\n")
    if in_main_process():
        sys.exit(143)
    sys.stderr.flush()
    os._exit(143)  # joblib's workers would take SystemExit for an error of the cell, and begin with the next one


def main() -> None:
    """``python -m runners.cells.execution``: the process of an isolated cell."""
    multiprocessing.current_process().name = "Cell"  # no worker shows progress over that of the sweep
    order = json.load(sys.stdin)
    run_here(Cell(DictConfig(order["config"])), order["overrides"])


if __name__ == "__main__":
    main()
