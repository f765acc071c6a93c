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
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.utils._device
from torch.nn.modules import module as modules
from torch.optim.optimizer import _global_optimizer_post_hooks, _global_optimizer_pre_hooks
from torch.overrides import _get_current_function_mode_stack
from torch.utils._python_dispatch import _get_current_dispatch_mode_stack

from runners.cells.progress import log

LIMITS = [number for name, number in vars(resource).items() if name.startswith("RLIMIT_")]


def _device() -> torch.device | None:
    """The default device, if one is set; that slows down every operation, even if it is the CPU."""
    return torch.utils._device.CURRENT_DEVICE


def _autocast() -> dict[str, bool]:
    return {kind: torch.is_autocast_enabled(kind) for kind in ("cpu", "cuda")}


def _set_autocast(enabled: dict[str, bool]) -> None:
    for kind, on in enabled.items():
        torch.set_autocast_enabled(kind, on)


_guards: list[Any] = []
"""Kept, since inference mode changes again when the object that set it is destroyed."""


def _set_inference_mode(on: bool) -> None:
    _guards.append(torch.inference_mode(on))
    _guards[-1].__enter__()


def _flushes_denormals() -> bool:
    return bool(torch.full((), 1e-310, dtype=torch.float64, device="cpu") * 1 == 0)


def _modes() -> list[Any]:
    return [*_get_current_dispatch_mode_stack(), *_get_current_function_mode_stack()]


def _set_modes(before: list[Any]) -> None:
    """Leaves the modes that were entered since."""
    for mode in reversed(_modes()):
        if mode not in before:
            mode.__exit__(None, None, None)


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
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    return {number: handler for number, handler in handlers.items() if handler is not None}


def _set_handlers(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


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


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()


STATE: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
    (_device, torch.set_default_device),
    (_modes, _set_modes),  # before everything that they would interfere with
    (torch.get_default_dtype, torch.set_default_dtype),
    (_contents, _set_contents),
    (torch.is_inference_mode_enabled, _set_inference_mode),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch._C._is_multithreading_enabled, torch.autograd.set_multithreading_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_num_threads, torch.set_num_threads),
    (_autocast, _set_autocast),
    (_flushes_denormals, torch.set_flush_denormal),
    (torch.backends.cudnn.set_flags, lambda flags: torch.backends.cudnn.set_flags(*flags)),
    (lambda: torch.backends.mkldnn.enabled, lambda on: setattr(torch.backends.mkldnn, "enabled", on)),
    (np.geterr, lambda kinds: np.seterr(**kinds)),
    (np.geterrcall, np.seterrcall),
    (lambda: logging.root.manager.disable, logging.disable),
    (lambda: logging.root.level, logging.root.setLevel),
    (lambda: locale.setlocale(locale.LC_ALL), lambda name: locale.setlocale(locale.LC_ALL, name)),
    (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    (gc.get_threshold, lambda thresholds: gc.set_threshold(*thresholds)),
    (sys.path.copy, _set_path),
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
    (lambda: signal.getitimer(signal.ITIMER_REAL), lambda timer: signal.setitimer(signal.ITIMER_REAL, *timer)),
    (
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, []),
        lambda mask: signal.pthread_sigmask(signal.SIG_SETMASK, mask),
    ),
    (lambda: dict(os.environ), _set_environment),
    (_folder, _set_folder),
    (_mask, os.umask),
    (_limits, _set_limits),
)
"""Pairs of functions, the first of which returns a part of the state, and the second sets it."""
