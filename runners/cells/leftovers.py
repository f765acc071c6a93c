"""Threads and processes that the code of a cell leaves running, for which Python would wait at its end."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

_threads: list[threading.Thread] = []
_processes: list[BaseProcess] = []


@contextmanager
def noting_leftovers() -> Iterator[None]:
    """Notes the threads, and the processes of ``multiprocessing``, that the block leaves running."""
    threads, processes = threading.enumerate(), multiprocessing.active_children()
    try:
        yield
    finally:
        _threads.extend(thread for thread in threading.enumerate() if thread not in threads and not thread.daemon)
        _processes.extend(process for process in multiprocessing.active_children() if process not in processes)


@contextmanager
def ending_leftovers() -> Iterator[None]:
    """Ends the process after the block, with the exit status of ``sys.exit``, even if noted threads or processes are
    running; the latter are killed."""
    ending = SystemExit(0)
    try:
        yield
    except SystemExit as error:
        ending = error
    for process in {*_processes} & {*multiprocessing.active_children()}:
        process.kill()
    if not any(thread.is_alive() for thread in _threads):
        raise ending
    if isinstance(ending.code, str):
        print(ending.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ending.code if isinstance(ending.code, int) else int(ending.code is not None))
