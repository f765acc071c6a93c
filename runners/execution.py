"""Runs one cell to its end, whatever that is, and records it."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable, build
from runners import isolation
from runners.cell import EXECUTION, Cell
from runners.environment import environment, peak_memory_mb, reset_peak_memory
from runners.interruption import Interrupted, TimedOut, ending_on_signals
from runners.progress import in_main_process, log, logging_to
from runners.sweep import FINISHED_BEFORE, announce
from runners.train import Diverged
from runners.validation import mistakes_in


def run_cell(config: DictConfig, overrides: list[str]) -> tuple[Cell, str]:
    """Runs a cell that is not finished. Returns the cell and a line for the reader, whose first word is its status.

    A cell that another process is running is left to that one. No error of the cell leaves this function, because one
    would end the whole sweep; a signal to end does.
    """
    cell = Cell(config)
    mistakes = list(mistakes_in(config))
    if mistakes:
        return cell, announce(cell, status="failed", reason="; ".join(mistakes))
    try:
        return cell, _run_with_lock(cell, overrides)
    except OSError as error:
        return cell, announce(cell, status="failed", reason=_reason(error, cell.folder))


def _run_with_lock(cell: Cell, overrides: list[str]) -> str:
    options = cell.config.runner
    with cell.lock() as mine:
        if not mine:
            return announce(cell, "(in another process)")
        if cell.finished and not (options.get("retry") and cell.unsuccessful):
            return announce(cell, FINISHED_BEFORE)
        if cell.deaths >= options.get("attempts", sys.maxsize) and not options.get("retry"):
            cell.close("crashed", f"died {cell.deaths} times in a row; runner.retry=true tries again")
        elif options.get("isolate"):
            isolation.run(cell, overrides)
        else:
            run_here(cell, overrides)
    return announce(cell)


def run_here(cell: Cell, overrides: list[str]) -> None:
    """Runs the cell in this process, which has its lock."""
    config = cell.config
    torch.set_num_threads(config.threads)
    cell.folder.mkdir(parents=True, exist_ok=True)
    with logging_to(cell.folder / "cell.log"):
        try:
            with ending_on_signals(config.runner.get("timeout")):
                cell.open(overrides, environment())
                reset_peak_memory()
                entries = runner_of(config)(cell)
            cell.close("done", **entries, peak_memory_mb=round(peak_memory_mb(config.device), 1))
        except NotApplicable as reason:
            cell.close("skipped", str(reason))
        except Diverged as divergence:
            cell.close("diverged", str(divergence), step=divergence.step)
        except TimedOut as limit:
            cell.close("timeout", str(limit))
        except Interrupted as ending:
            cell.close("interrupted", str(ending))
            _leave(ending)
        except Exception as error:
            log.debug(traceback.format_exc())
            cell.close("failed", _reason(error, cell.folder))


def runner_of(config: DictConfig) -> Any:
    """The configured runner, called with a cell."""
    settings = {key: value for key, value in config.runner.items() if key not in EXECUTION}
    return build(OmegaConf.create(settings))


def _reason(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"the disk of {folder} is full; make room and run the same command again with runner.retry=true"
    return f"{type(error).__name__}: {error}"


def _leave(ending: Interrupted) -> None:
    """Ends the process, with the status that shells know for a signal."""
    sys.stderr.write(f"interrupted ({ending}): the same command goes on from the checkpoint\n")
    if in_main_process():
        sys.exit(143)
    sys.stderr.flush()
    os._exit(143)  # joblib's workers would take SystemExit for an error of the cell, and begin with the next one
