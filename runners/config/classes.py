"""The classes and functions that ``_target_`` names, and their arguments."""

from __future__ import annotations

import importlib
import inspect
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Never, get_type_hints

from runners.config.kinds import LONGEST, fits


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
    except (ImportError, KeyboardInterrupt):
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
    """Limits the time of each import by :func:`locate` in the block. Without effect unless ``seconds`` is a valid time
    limit, and outside the main thread, where Python handles no signals."""
    global _limit
    valid = fits(seconds, float) and 0 < seconds <= LONGEST
    _limit = seconds if valid and threading.current_thread() is threading.main_thread() else None
    try:
        yield
    finally:
        _limit = None


def _imported(path: str) -> ModuleType:
    if path in _hanging:
        raise TooSlow(_hanging[path])
    # A running cell has a timer of its own.
    if path in sys.modules or _limit is None or signal.getitimer(signal.ITIMER_REAL)[0]:
        return importlib.import_module(path)

    def give_up(*_: object) -> Never:
        _hanging[path] = f"importing it took longer than {_limit} seconds"
        raise TooSlow(_hanging[path])

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _limit, 1.0)  # again and again, in case the module handles even that
    try:
        return importlib.import_module(path)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def hints_of_arguments(built: Any) -> dict[str, Any]:
    """Types of the arguments by name; empty if they are unknown."""
    try:
        return get_type_hints(built.__init__ if inspect.isclass(built) else built)
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
