"""Signals that come at a call that is known, not at a moment."""

from __future__ import annotations

import pkgutil
import signal
from collections.abc import Callable
from typing import Any

import pytest
from omegaconf import DictConfig

from runners.cells.cell import Cell
from runners.cells.execution import run_cell
from runners.steps.training import Training


class Killed(BaseException):
    """Stands for the death of a process, in the midst of a test's own: nothing is recorded."""


def as_if_killed(patch: pytest.MonkeyPatch) -> None:
    """From now on a cell whose code raises :class:`Killed` is left as it is."""
    for module in ("runners.cells.execution", "runners.replicas.execution"):
        owner = pkgutil.resolve_name(module)
        recorded = owner.close_without_scores

        def close(cell: Any, ending: BaseException, recorded: Callable[..., None] = recorded) -> None:
            if isinstance(ending, Killed):
                raise ending
            recorded(cell, ending)

        patch.setattr(owner, "close_without_scores", close)


def run_until(config: DictConfig, step: int, monkeypatch: pytest.MonkeyPatch) -> Cell:
    """Runs the cell as far as a process that is killed before this step."""
    advance = Training.advance

    def killed(self: Training) -> None:
        if self.step == step:
            raise Killed
        advance(self)

    with monkeypatch.context() as patch:
        as_if_killed(patch)
        patch.setattr(Training, "advance", killed)
        with pytest.raises(Killed):
            run_cell(config, [])
    return Cell(config)


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
