"""Threads that the code of a cell leaves running, for which Python would wait at the end of the process."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_left: list[threading.Thread] = []


@contextmanager
def noting_threads() -> Iterator[None]:
    """Notes the threads that the block leaves running."""
    before = threading.enumerate()
    try:
        yield
    finally:
        _left.extend(thread for thread in threading.enumerate() if thread not in before and not thread.daemon)


@contextmanager
def not_waiting_for_threads() -> Iterator[None]:
    """Ends the process after the block, with the exit status of ``sys.exit``, even if noted threads are running."""
    ending = SystemExit(0)
    try:
        yield
    except SystemExit as error:
        ending = error
    if not any(thread.is_alive() for thread in _left):
        raise ending
    if isinstance(ending.code, str):
        print(ending.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ending.code if isinstance(ending.code, int) else int(ending.code is not None))
