"""A process of its own for a cell, whose death harms no other cell."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

GRACE = 30.0
"""Seconds beyond its timeout after which a process that does not react is killed."""


class Unresponsive(Exception):  # noqa: N818 - an outcome of a process
    """The process did not end in its time, and was killed."""


def run_in_own_process(module: str, order: Any, timeout: float | None) -> int:
    """Runs a module in a new interpreter, with the order as JSON on its input; returns the exit status, negative for a
    signal.

    It is no process of ``multiprocessing``, which joblib's workers cannot spawn.

    Raises:
        Unresponsive: it took :data:`GRACE` longer than ``timeout`` seconds.
    """
    command = [sys.executable, "-m", module]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        process.communicate(json.dumps(order), timeout=None if timeout is None else timeout + GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Unresponsive from None
    except BaseException:
        process.terminate()
        process.wait()
        raise
    return process.returncode


def death(status: int) -> str:
    """How a process with this exit status ended, for a reader."""
    if status < 0:
        return f"its process was ended by {signal.Signals(-status).name}"
    return f"its process ended with status {status}, see cell.log"
