"""Effects of a cell's code, which is the user's, on the process end with the cell, whatever its errors say."""

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
"""Characters that are kept of what an error says."""


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]


def _folder() -> Path | None:
    with suppress(FileNotFoundError):  # it has been removed
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
"""What is put back after a cell: how it is looked up, and how it is set."""


@contextmanager
def contained() -> Iterator[None]:
    """Puts back after the block what its code has changed of :data:`STATE`, and opens the standard streams that it has
    closed. Within the block ``os._exit`` raises SystemExit: it would end a sweep with any status, and no word."""
    before = [look_up() for look_up, _ in STATE]
    try:
        with _streams_kept(), _process_kept():
            yield
    finally:
        for (look_up, put_back), value in zip(STATE, before, strict=True):
            with suppress(Exception):  # what cannot be put back is told by the cells that fail for it
                if look_up() != value:  # only then: a default device that is set costs time at every operation
                    put_back(value)


@contextmanager
def one_process() -> Iterator[None]:
    """Ends a process that the block's code has forked and that would otherwise go on as if it were this one."""
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
        end(status)  # of a process that the code has started

    os._exit = refused
    try:
        yield
    finally:
        os._exit = end


def describe(error: BaseException) -> str:
    """``Type: message`` of an error, as text that can be written anywhere."""
    words = message_of(error)
    return f"{type(error).__name__}: {words}"[:LONGEST] if words else type(error).__name__


def message_of(error: BaseException) -> str:
    """The same without its type."""
    try:
        words = str(error)
    except BaseException:  # a user's error may not even have a text
        words = "its text cannot be read"
    return writable(words[:LONGEST])


def traceback_of(error: BaseException) -> str:
    """Where an error came from, as text that can be written anywhere."""
    return writable("".join(traceback.format_exception(error)))


def writable(text: str) -> str:
    """The text with what cannot be written, such as half of a surrogate pair, as codes."""
    return text.encode(errors="backslashreplace").decode()
