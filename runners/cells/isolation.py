"""``python -m runners.cells.isolation``: a cell in a process of its own, whose death harms no other cell.

It reads a JSON object with the cell's configuration and overrides.
"""

from __future__ import annotations

import json
import multiprocessing
import signal
import subprocess
import sys

from omegaconf import DictConfig, OmegaConf

from runners.cells.cell import Cell

GRACE = 30.0
"""Seconds beyond its timeout after which a process that does not react is killed."""


def run(cell: Cell, overrides: list[str]) -> None:
    """Runs the cell, whose lock the caller has, in a new process, and records how that ended if it could not itself."""
    order = {"config": OmegaConf.to_container(cell.config, resolve=True), "overrides": overrides}
    command = [sys.executable, "-m", "runners.cells.isolation"]
    timeout = cell.config.runner.get("timeout")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        process.communicate(json.dumps(order), timeout=None if timeout is None else timeout + GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        cell.close("timeout", f"took longer than runner.timeout={timeout} seconds, and did not react")
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if cell.meta.get("status") == "running" or not cell.meta:
        cell.close("crashed", _death(process.returncode))


def _death(status: int) -> str:
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status}, see cell.log"


def main() -> None:
    from runners.cells.execution import run_here

    multiprocessing.current_process().name = "Cell"  # no worker writes progress over that of the sweep
    order = json.load(sys.stdin)
    run_here(Cell(DictConfig(order["config"])), order["overrides"])


if __name__ == "__main__":
    main()
