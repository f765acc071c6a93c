"""State of the process that the code of a cell may change, and that is restored after the cell."""

from __future__ import annotations

import gc
import locale
import logging
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from torch.nn.modules import module as modules
from torch.optim.optimizer import _global_optimizer_post_hooks, _global_optimizer_pre_hooks

from runners.cells.progress import log
from runners.cells.torch_state import STATE_OF_TORCH, Part

LIMITS = [number for name, number in vars(resource).items() if name.startswith("RLIMIT_")]

SIGNALS = signal.valid_signals()

TIMERS = (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF)


def _containers() -> list[Any]:
    """Lists and dictionaries to which code adds: hooks of all modules and optimizers, handlers, filters, callbacks."""
    hooks = [hooks for name, hooks in vars(modules).items() if name.startswith("_global_") and isinstance(hooks, dict)]
    loggers = [each for logger in (logging.root, log) for each in (logger.handlers, logger.filters)]
    hooks += [_global_optimizer_pre_hooks, _global_optimizer_post_hooks]
    return [*hooks, *loggers, warnings.filters, gc.callbacks]


def _contents() -> list[Any]:
    return [each.copy() for each in _containers()]


def _set_contents(before: list[Any]) -> None:
    for container, content in zip(_containers(), before, strict=True):
        container.clear()
        (container.update if isinstance(container, dict) else container.extend)(content)


def _set_path(folders: list[str]) -> None:
    """Leaves added folders at the end, where they hide no module: one that is imported only once may need them."""
    sys.path[:] = [*folders, *(folder for folder in sys.path if folder not in folders)]


def _handlers() -> dict[int, Any]:
    """The handlers of signals, without those that are not Python's."""
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    return {number: handler for number, handler in handlers.items() if handler is not None}


def _set_handlers(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _timers() -> list[tuple[float, float]]:
    return [signal.getitimer(timer) for timer in TIMERS]


def _set_timers(before: list[tuple[float, float]]) -> None:
    for timer, times in zip(TIMERS, before, strict=True):
        signal.setitimer(timer, *times)


def _limits() -> dict[int, int]:
    """The soft limits on resources; hard limits cannot be raised again."""
    return {number: resource.getrlimit(number)[0] for number in LIMITS}


def _set_limits(limits: dict[int, int]) -> None:
    for number, soft in limits.items():
        with suppress(ValueError, OSError):  # above the hard limit
            resource.setrlimit(number, (soft, resource.getrlimit(number)[1]))


def _folder() -> Path | None:
    with suppress(FileNotFoundError):  # it was removed
        return Path.cwd()
    return None


def _set_folder(folder: Path | None) -> None:
    if folder is not None:
        os.chdir(folder)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _cores() -> set[int] | None:
    return os.sched_getaffinity(0) if sys.platform == "linux" else None


def _set_cores(cores: set[int]) -> None:
    os.sched_setaffinity(0, cores)


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()


STATE: tuple[Part, ...] = (
    *STATE_OF_TORCH,
    (_contents, _set_contents),
    (np.geterr, lambda kinds: np.seterr(**kinds)),
    (np.geterrcall, np.seterrcall),
    (lambda: logging.root.manager.disable, logging.disable),
    (lambda: logging.root.level, logging.root.setLevel),
    (lambda: locale.setlocale(locale.LC_ALL), lambda name: locale.setlocale(locale.LC_ALL, name)),
    (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    (gc.get_threshold, lambda thresholds: gc.set_threshold(*thresholds)),
    (sys.path.copy, _set_path),
    (sys.modules.copy, sys.modules.update),  # those that were removed
    (threading.stack_size, threading.stack_size),
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (sys.getswitchinterval, sys.setswitchinterval),
    (sys.get_int_max_str_digits, sys.set_int_max_str_digits),
    (socket.getdefaulttimeout, socket.setdefaulttimeout),
    (
        lambda: multiprocessing.get_start_method(allow_none=True),
        lambda method: multiprocessing.set_start_method(method, force=True),
    ),
    (_handlers, _set_handlers),
    (_timers, _set_timers),
    (
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, []),
        lambda mask: signal.pthread_sigmask(signal.SIG_SETMASK, mask),
    ),
    (lambda: dict(os.environ), _set_environment),
    (_folder, _set_folder),
    (_mask, os.umask),
    (_limits, _set_limits),
    (_cores, _set_cores),
)
"""What is restored, in this order."""
