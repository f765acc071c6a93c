"""Progress: a bar on a terminal, plain lines everywhere else."""

from __future__ import annotations

import logging
import multiprocessing
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

log = logging.getLogger("gumbel_bench")

SHORT = {"train_loss": "train", "valid_negative_elbo": "valid"}
"""Names of scores in the lines about a cell; others lose the prefix ``valid_``."""


def step_bar(steps: int, start: int) -> tqdm[Any]:
    """A bar over the steps of a cell."""
    return tqdm(total=steps, initial=start, unit="step", leave=False, mininterval=0.5, disable=not on_terminal())


def scores_line(step: int, steps: int, scores: Mapping[str, float], seconds: float) -> str:
    """``"step   100/10000     36 steps/s  train  206.21  valid  202.73"``; the lines of a cell are aligned."""
    place = f"step {step:>{len(str(steps))}}/{steps}  {step / seconds:>5.0f} steps/s"
    names = {name: SHORT.get(name, name.removeprefix("valid_").replace("_", " ")) for name in scores}
    return "  ".join([place, *(f"{names[name]} {score:#7.5g}" for name, score in scores.items())])


def cell_bar(cells: int | None) -> tqdm[Any]:
    """A bar over the cells of a sweep."""
    return tqdm(total=cells, unit="cell", smoothing=0, disable=not on_terminal())


def on_terminal() -> bool:
    """Whether this process writes to a terminal. Workers do not, since they would overwrite each other's bars."""
    return sys.stderr.isatty() and in_main_process()


def in_main_process() -> bool:
    return multiprocessing.current_process().name == "MainProcess"


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Writes log lines to a cell's log file and, without tracebacks, to stderr if there is no bar."""
    handlers: list[logging.Handler] = [logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")]
    if in_main_process() and not on_terminal():
        handlers.append(logging.StreamHandler())
        handlers[-1].setLevel(logging.INFO)
    log.setLevel(logging.DEBUG)
    log.propagate = log.disabled = False  # a configuration of logging by an earlier cell may disable it
    for handler, date in zip(handlers, ("%Y-%m-%d %H:%M:%S", "%H:%M:%S"), strict=False):
        handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", datefmt=date))
        log.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()
