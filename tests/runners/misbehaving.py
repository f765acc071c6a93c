"""User estimators, each of which does one thing that no estimator should do."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import torch

from estimators.score_function import Reinforce


class UnprintableError(RuntimeError):
    def __str__(self) -> str:
        raise ValueError("no text")


def _change_everything() -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    os.chdir("/")
    os.environ["PATH"] = "/nowhere"
    sys.stdout = None  # type: ignore[assignment]
    warnings.simplefilter("ignore")
    raise RuntimeError("and fails")


def _raise(error: BaseException) -> None:
    raise error


def _never_come_back() -> None:
    time.sleep(600)


def _never_come_back_in_time() -> None:
    """The alarm of the time limit finds it hanging, however slow the machine is."""
    signal.raise_signal(signal.SIGALRM)
    time.sleep(600)


def _hold_fast() -> None:
    while True:
        with suppress(BaseException):
            time.sleep(600)


class Misbehaving(Reinforce):
    """Does it at the third step."""

    WAYS: ClassVar[dict[str, Callable[[], None]]] = {
        "exits": lambda: sys.exit(0),
        "interrupts": lambda: _raise(KeyboardInterrupt()),
        "closes": lambda: _raise(GeneratorExit()),
        "is cut short": lambda: _raise(BaseException("anything")),
        "says what cannot be written": lambda: _raise(ValueError("\udc80\x1b[2J")),
        "cannot be said": lambda: _raise(UnprintableError()),
        "changes everything": _change_everything,
        "never comes back": _never_come_back,
        "never comes back in time": _never_come_back_in_time,
        "holds fast": _hold_fast,
    }

    def __init__(self, latent: Any, context_size: int | None = None, way: str = "exits") -> None:
        super().__init__(latent, context_size)
        self.way, self.count = way, 0

    def forward(self, q: Any, cost: Any, context: Any) -> Any:
        self.count += 1
        if self.count == 3:
            self.WAYS[self.way]()
        return super().forward(q, cost, context)
