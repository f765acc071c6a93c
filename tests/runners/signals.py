"""Signals that come at a call that is known, not at a moment."""

from __future__ import annotations

import pkgutil
import signal
from collections.abc import Callable
from typing import Any

import pytest


def signal_at(patch: pytest.MonkeyPatch, target: str, place: str, turn: int, number: int) -> None:
    """Sends the process a signal before or after the ``turn``-th call of ``target``."""
    module, _, name = target.rpartition(".")
    owner: Any = pkgutil.resolve_name(module)
    called: Callable[..., Any] = getattr(owner, name)
    calls = []

    def with_signal(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if place == "before" and len(calls) == turn:
            signal.raise_signal(number)
        result = called(*args, **kwargs)
        if place == "after" and len(calls) == turn:
            signal.raise_signal(number)
        return result

    patch.setattr(owner, name, with_signal)
