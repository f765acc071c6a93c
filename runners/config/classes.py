"""The classes and functions that ``_target_`` names, and their arguments."""

from __future__ import annotations

import importlib
import inspect
import itertools
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import _exit as end_process  # not the one that code of a cell calls
from types import ModuleType
from typing import Any, Never, get_type_hints

from runners.config.kinds import Seconds, fits

SHORTEST = 30.0
"""The shortest time limit for an import, seconds: a cell's id depends on facts of its classes, and not on its limit."""

AGAIN = 5.0
"""Seconds between attempts to end an import."""

ENOUGH = 3
"""Number of attempts to end an import, the last of which ends the process; so does the third Ctrl-C."""


class Stopped(BaseException):
    """The process was asked to stop what it does, for which no module that it is importing is to blame."""


class TooSlow(BaseException):
    """The import of a module takes too long."""


class Broken(Exception):  # noqa: N818 - describes the module
    """Importing a module fails. That is not a mistake in the configuration: the cell fails when it runs."""


def locate(target: str) -> Any:
    """The class or function of a ``_target_``.

    Raises:
        ImportError: it does not exist; the message says which part is missing.
        Broken: its module raises an error on import.
    """
    path, _, name = str(target).rpartition(".")
    if not all(map(str.isidentifier, [*path.split("."), name])):
        raise ImportError(f"{target!r} is not of the form module.Class")
    try:
        module = _imported(path)
    except (ImportError, KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:  # a user's module may raise anything
        raise Broken(f"{path} cannot be imported: {type(error).__name__}") from error
    if not hasattr(module, name):
        raise ImportError(f"module {path} has no {name}")
    return getattr(module, name)


_limit: float | None = None
"""Seconds for the import of a module; None for no limit."""

_hanging: dict[str, str] = {}
"""Modules whose import took too long, with the reason; they are not tried again."""


@contextmanager
def importing_within(seconds: Any) -> Iterator[None]:
    """Limits the time of each import by :func:`locate` in the block, to at least :data:`SHORTEST`.

    Without effect unless ``seconds`` is a valid time limit, and outside the main thread, where Python handles no
    signals.
    """
    global _limit
    _limit = max(seconds, SHORTEST) if fits(seconds, Seconds) else None
    try:
        yield
    finally:
        _limit = None


def _imported(path: str) -> ModuleType:
    if path in _hanging:
        raise TooSlow(_hanging[path])
    if path in sys.modules or threading.current_thread() is not threading.main_thread():
        return importlib.import_module(path)
    limit, asked = _limit or 0, itertools.count(1)

    def end(number: int, frame: object) -> Never:
        if next(asked) == ENOUGH:
            sys.stderr.write(f"{path}: importing it does not end, and it handles the exceptions that are to end it\n")
            sys.stderr.flush()
            end_process(1)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        _hanging[path] = f"importing it took longer than {limit} seconds"
        raise TooSlow(_hanging[path])

    # A running cell has a timer and handlers of its own.
    timed = limit > 0 and signal.getitimer(signal.ITIMER_REAL)[0] == 0
    numbers = [signal.SIGALRM] if timed else []
    numbers += [signal.SIGINT] if signal.getsignal(signal.SIGINT) is signal.default_int_handler else []
    before = {number: signal.signal(number, end) for number in numbers}
    if timed:
        signal.setitimer(signal.ITIMER_REAL, limit, AGAIN)
    try:
        return importlib.import_module(path)
    finally:
        if timed:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def hints_of_arguments(built: Any) -> dict[str, Any]:
    """Types of the arguments by name; empty if they are unknown."""
    try:
        return get_type_hints(built.__init__ if inspect.isclass(built) else built, include_extras=True)
    except Exception:  # annotations of other packages may name types that cannot be imported
        return {}


def arguments_of(built: Any) -> Mapping[str, inspect.Parameter] | None:
    """The arguments by name; None if any name is allowed, or if they are unknown."""
    try:
        arguments = inspect.signature(built).parameters
    except (TypeError, ValueError):
        return None
    kinds = {argument.kind for argument in arguments.values()}
    return None if inspect.Parameter.VAR_KEYWORD in kinds else arguments


def is_required(argument: inspect.Parameter) -> bool:
    """Whether an argument has no default value."""
    return argument.default is argument.empty and argument.kind is not argument.VAR_POSITIONAL
