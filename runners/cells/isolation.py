"""A separate process for a cell: its death affects no other cell, and it ends with the process that waits for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from runners.cells.interruption import PATIENCE, Ended

GRACE = 30.0
"""Seconds beyond its timeout after which a process that does not react is killed; it insists itself before that."""

LOOK = 0.5
"""Seconds between two looks whether the parent is there."""


class Unresponsive(Exception):  # noqa: N818 - an outcome of a process
    """The process did not end in its time, and was killed."""


def run_in_own_process(module: str, order: dict[str, Any], timeout: float | None, errors: Path) -> int:
    """Runs a module in a new interpreter, with the order, and this process as its parent, as JSON on its input; returns
    the exit status, negative for a signal.

    It is no process of ``multiprocessing``, which joblib's workers cannot spawn.

    Args:
        module, order: what it is to do.
        timeout: seconds.
        errors: file to which is added what it writes to stderr, also where it is in Python when it crashes.

    Raises:
        Unresponsive: it took :data:`GRACE` longer than ``timeout`` seconds.
    """
    command = [sys.executable, "-X", "faulthandler", "-m", module]
    given = json.dumps(order | {"parent": os.getpid()})
    with errors.open("a") as file:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=file, text=True)
    try:
        process.communicate(given, timeout=None if timeout is None else timeout + GRACE)
    except subprocess.TimeoutExpired:
        _kill(process)
        raise Unresponsive from None
    except BaseException as ending:
        if not (isinstance(ending, Ended) and ending.at_once):
            _ask_to_end(process)
        _kill(process)
        raise
    return process.returncode


def death(status: int, log: Path) -> str:
    """How a process with this exit status ended, for a reader."""
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    return f"its process {how}{', see cell.log' if log.stat().st_size else ''}"


def _ask_to_end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except BaseException:  # a second signal, or it does not react
        return


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def end_with_parent(parent: int) -> None:
    """From now on this process ends when its parent is gone: it is asked to, and killed where it does not react."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)
