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
from runners.cells.divergence import Diverged


class UnprintableError(RuntimeError):
    def __str__(self) -> str:
        sys.exit(0)


class OpaqueError(RuntimeError):
    """Even its attributes cannot be read."""

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(0)


def _change_everything() -> None:
    torch.manual_seed(99)
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


def _configure_the_compiler() -> None:
    torch._dynamo.config.suppress_errors = True
    raise RuntimeError("and fails")


def _raise(error: BaseException) -> None:
    raise error


def _fork() -> None:
    """Both processes raise, the one that is started a moment before."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    raise RuntimeError("in two processes")


def _never_come_back() -> None:
    time.sleep(600)


def _never_come_back_after(*numbers: signal.Signals) -> None:
    """The signals find it hanging, however slow the machine is."""
    for number in numbers:
        signal.raise_signal(number)
    _never_come_back()


def _hold_fast_after(number: signal.Signals) -> None:
    signal.raise_signal(number)
    while True:
        with suppress(BaseException):
            time.sleep(600)


def _be_deaf_after(number: signal.Signals) -> None:
    signal.raise_signal(number)
    signal.signal(number, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _never_come_back()


class Misbehaving(Reinforce):
    """Does it at the third step."""

    WAYS: ClassVar[dict[str, Callable[[], None]]] = {
        "exits": lambda: sys.exit(0),
        "interrupts": lambda: _raise(KeyboardInterrupt()),
        "closes": lambda: _raise(GeneratorExit()),
        "is cut short": lambda: _raise(BaseException("anything")),
        "says what cannot be written": lambda: _raise(ValueError("\udc80\x1b[2J")),
        "cannot be said": lambda: _raise(UnprintableError()),
        "cannot be looked into": lambda: _raise(OpaqueError()),
        "has a place that is none": lambda: _raise(SyntaxError("odd", ("file", "line", {}, 3))),  # type: ignore[arg-type]
        "changes everything": _change_everything,
        "configures the compiler": _configure_the_compiler,
        "forks": _fork,
        "ends the process": lambda: os._exit(0),
        "diverges at no step": lambda: _raise(Diverged(2**80)),
        "never comes back": _never_come_back,
        "never comes back in time": lambda: _never_come_back_after(signal.SIGALRM),
        "never comes back after two signals": lambda: _never_come_back_after(signal.SIGINT, signal.SIGINT),
        "holds fast in spite of SIGALRM": lambda: _hold_fast_after(signal.SIGALRM),
        "holds fast in spite of SIGTERM": lambda: _hold_fast_after(signal.SIGTERM),
        "is deaf after SIGALRM": lambda: _be_deaf_after(signal.SIGALRM),
    }

    def __init__(self, latent: Any, context_size: int | None = None, way: str = "exits") -> None:
        super().__init__(latent, context_size)
        self.way, self.count = way, 0

    def forward(self, q: Any, cost: Any, context: Any) -> Any:
        self.count += 1
        if self.count == 3:
            self.WAYS[self.way]()
        return super().forward(q, cost, context)


ONES = torch.ones(3)


class Odd(Reinforce):
    """Has facts and defaults that no other class has."""

    version: Any = object()
    label: Any = "\udc80"
    objective: Any = "expected_cost"

    def __init__(self, latent: Any, context_size: int | None = None, start: Any = ONES) -> None:
        super().__init__(latent, context_size)


class _Exits(type(Reinforce)):
    def __getattr__(cls, name: str) -> Any:
        raise SystemExit(0)


class Exiting(Reinforce, metaclass=_Exits):
    """A class that exits when it is asked for what it does not have."""
