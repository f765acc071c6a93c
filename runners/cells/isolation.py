"""Running a cell in a separate process, whose death affects no other cell, and which does not outlive its parent."""

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
"""Seconds after its timeout at which an unresponsive process is killed. Before that, it tries to end by itself."""

CHECK_EVERY = 0.5
"""Seconds between checks whether the parent is alive."""


class Unresponsive(Exception):  # noqa: N818 - an outcome of a process
    """The process did not end in time, and was killed."""


def run_in_own_process(module: str, order: dict[str, Any], timeout: float | None, errors: Path) -> int:
    """Runs a module in a new interpreter; returns the exit status, negative for a signal.

    It does not use ``multiprocessing``, whose processes cannot be started by joblib's workers.

    Args:
        module: the module to run.
        order: what to do, which the module reads from its input as JSON, with this process's id as ``parent``.
        timeout: seconds; None for no limit.
        errors: file to which the process's stderr is appended, including Python's stack if it crashes.

    Raises:
        Unresponsive: it took :data:`GRACE` seconds longer than ``timeout``.
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
    """How a process with this exit status ended, for the user."""
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    return f"its process {how}{', see cell.log' if log.stat().st_size else ''}"


def _ask_to_end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except BaseException:  # a second signal to this process, or the child does not react
        return


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def end_with_parent(parent: int) -> None:
    """Makes this process end when its parent dies: by SIGTERM, and if it does not react, by SIGKILL."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(CHECK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)
