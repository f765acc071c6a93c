"""Cells that train in another process, and what they have done so far."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.process
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from runners.cells import checkpoint
from runners.cells.execution import run_cell
from tests.conftest import Compose


def hanging(compose_cell: Compose, way: str, *overrides: str) -> Any:
    config = compose_cell("task.latent.n=4", *overrides)
    config.estimator = {"_target_": "tests.runners.misbehaving.Misbehaving", "way": way}
    return config


@contextlib.contextmanager
def in_fork(config: Any) -> Iterator[multiprocessing.process.BaseProcess]:
    """The cell in a fork of this process, which takes itself for the main one."""

    def run() -> None:
        multiprocessing.current_process().name = "MainProcess"
        run_cell(config, [])

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def wait_until(holds: Callable[[], bool]) -> None:
    """Fails after a time that no machine needs, so that nothing hangs."""
    end = time.monotonic() + 600
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def train(folder: Path, cells: int) -> bool:
    """Whether so many cells make steps."""
    journals = list(folder.glob("*/metrics.jsonl"))
    return len(journals) == cells and all(path.stat().st_size for path in journals)


def steps_saved(folder: Path) -> list[int]:
    return [checkpoint.load(path)["step"] for path in folder.glob("*/checkpoint.pt")]
