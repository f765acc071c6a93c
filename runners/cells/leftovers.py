"""The end of a command's process, which neither the code of a cell nor threads and processes that it leaves running
bring about or delay."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import NoReturn

from runners.config.classes import end_process

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
def refusing_to_exit() -> Iterator[None]:
    """Within the block ``os._exit`` raises SystemExit, since it would end the command without a message, and with any
    exit status; in a thread, it ends the thread."""
    end = os._exit
    os._exit = _refusal(end)
    try:
        yield
    finally:
        os._exit = end


def _refusal(end: Callable[[int], NoReturn]) -> Callable[[int], NoReturn]:
    process = os.getpid()

    def refused(status: int) -> NoReturn:
        if os.getpid() == process:
            raise SystemExit(f"os._exit({status})")
        end(status)  # in a process that the code has forked

    return refused


@contextmanager
def ending_leftovers() -> Iterator[None]:
    """Ends the process after the block, with the exit status of ``sys.exit``, even if noted threads or processes are
    running; the latter are killed."""
    ending = SystemExit(0)
    try:
        with refusing_to_exit():
            yield
    except SystemExit as error:
        ending = error
    if multiprocessing.parent_process() is None:  # handlers of atexit follow, and multiprocessing ends others so
        os._exit = _refusal(end_process)
    for process in {*_processes} & {*multiprocessing.active_children()}:
        process.kill()
    if not any(thread.is_alive() for thread in _threads):
        raise ending
    if isinstance(ending.code, str):
        print(ending.code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    end_process(ending.code if isinstance(ending.code, int) else int(ending.code is not None))
