"""Undoes the effects of a cell's code on the process after the cell, and describes its errors safely."""

from __future__ import annotations

import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch

LONGEST = 2000
"""Limit on the length of an error's description, characters."""


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]


def _folder() -> Path | None:
    with suppress(FileNotFoundError):  # it was removed
        return Path.cwd()
    return None


def _set_folder(folder: Path | None) -> None:
    if folder is not None:
        os.chdir(folder)


def _autocast() -> dict[str, bool]:
    return {kind: torch.is_autocast_enabled(kind) for kind in ("cpu", "cuda")}


def _set_autocast(enabled: dict[str, bool]) -> None:
    for kind, on in enabled.items():
        torch.set_autocast_enabled(kind, on)


STATE: tuple[tuple[Callable[[], Any], Callable[[Any], object]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_default_device, torch.set_default_device),
    (torch.is_grad_enabled, torch.set_grad_enabled),
    (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
    (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_num_threads, torch.set_num_threads),
    (_autocast, _set_autocast),
    (lambda: torch.backends.mkldnn.enabled, lambda on: setattr(torch.backends.mkldnn, "enabled", on)),
    (np.geterr, lambda kinds: np.seterr(**kinds)),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (_folder, _set_folder),
    (lambda: dict(os.environ), _set_environment),
    (lambda: list(warnings.filters), _set_filters),
)
"""State of the process that is restored after each cell: a function that returns it, and one that sets it."""


@contextmanager
def contained() -> Iterator[None]:
    """Restores :data:`STATE` after the block, and reopens standard streams that its code has closed.

    Within the block ``os._exit`` raises SystemExit, since it would end the whole sweep without a message.
    """
    before = [current() for current, _ in STATE]
    try:
        with _streams_kept(), _process_kept():
            yield
    finally:
        for (current, restore), value in zip(STATE, before, strict=True):
            with suppress(Exception):  # later cells that depend on it will fail, and report why
                if current() != value:  # otherwise left alone: setting a default device slows down every operation
                    restore(value)


@contextmanager
def one_process() -> Iterator[None]:
    """Ends, at the end of the block, a process that its code has forked: it would run the rest of the sweep again."""
    process = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != process:
            os._exit(1)


@contextmanager
def _streams_kept() -> Iterator[None]:
    streams = {0: "stdin", 1: "stdout", 2: "stderr"}
    before = {number: getattr(sys, name) for number, name in streams.items()}
    copies = {number: os.dup(number) for number in streams if _is_open(number)}
    try:
        yield
    finally:
        for number, copy in copies.items():
            os.dup2(copy, number)
            os.close(copy)
        for number, name in streams.items():
            stream = before[number]
            if stream is not None and stream.closed:
                stream = os.fdopen(number, "w" if number else "r", errors="backslashreplace", closefd=False)
            setattr(sys, name, stream)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@contextmanager
def _process_kept() -> Iterator[None]:
    process, end = os.getpid(), os._exit

    def refused(status: int) -> NoReturn:
        if os.getpid() == process:
            raise SystemExit(f"os._exit({status})")
        end(status)  # in a process that the code has forked

    os._exit = refused
    try:
        yield
    finally:
        os._exit = end


def describe(error: BaseException) -> str:
    """``Type: message`` of an error, as text that can be written anywhere."""
    message = message_of(error)
    return f"{type(error).__name__}: {message}"[:LONGEST] if message else type(error).__name__


def message_of(error: BaseException) -> str:
    """The message of an error, as text that can be written anywhere."""
    try:
        message = str(error)
    except BaseException:  # raised by the __str__ of a user's class
        message = "its text cannot be read"
    return writable(message[:LONGEST])


def traceback_of(error: BaseException) -> str:
    """The traceback of an error, as text that can be written anywhere."""
    return writable("".join(traceback.format_exception(error)))


def writable(text: str) -> str:
    """The text with characters that cannot be encoded, such as half of a surrogate pair, replaced by codes."""
    return text.encode(errors="backslashreplace").decode()
