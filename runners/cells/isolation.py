"""A process of its own for a cell, whose death harms no other cell."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from typing import Any

GRACE = 30.0
"""Seconds beyond its timeout after which a process that does not react is killed."""


class Unresponsive(Exception):  # noqa: N818 - an outcome of a process
    """The process did not end in its time, and was killed."""


def run_in_own_process(function: Callable[..., Any], *arguments: Any, timeout: float | None) -> int:
    """Calls a function of a module in a new interpreter; returns the exit status, negative for a signal.

    Raises:
        Unresponsive: it took :data:`GRACE` longer than ``timeout`` seconds.
    """
    # By its name it is no main process: it shows no progress, which would overwrite that of the sweep.
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments, name="Cell")
    process.start()
    try:
        process.join(None if timeout is None else timeout + GRACE)
    except BaseException:
        process.terminate()
        process.join()
        raise
    if process.exitcode is None:
        process.kill()
        process.join()
        raise Unresponsive
    return process.exitcode


def death(status: int) -> str:
    """How a process with this exit status ended, for a reader."""
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status}, see cell.log"
