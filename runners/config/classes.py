"""The classes and functions that ``_target_`` names, and their arguments."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any, get_type_hints


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
        module = importlib.import_module(path)
    except (ImportError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a user's module may raise anything
        raise Broken(f"{path} cannot be imported: {type(error).__name__}") from error
    if not hasattr(module, name):
        raise ImportError(f"module {path} has no {name}")
    return getattr(module, name)


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
