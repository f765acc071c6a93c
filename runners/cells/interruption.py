"""Ending a running cell from outside: by a signal, a time limit, or the death of the process that started it."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

from runners.cells.progress import in_main_process
from runners.config.classes import Stopped

PATIENCE = 10.0
"""Seconds after a signal or the time limit after which a step that has not returned is aborted."""


class Ended(Stopped):
    """The cell was asked to end. Not an Exception, so that a user's ``except Exception`` does not handle it.

    Attributes:
        at_once: it was raised inside an :class:`undisturbed` block, such as a training step, so that the state is
            inconsistent.
    """

    def __init__(self, reason: str, at_once: bool = False) -> None:
        super().__init__(reason)
        self.at_once = at_once


class Interrupted(Ended):
    """The process was asked to end."""


class TimedOut(Ended):
    """The cell took longer than its time limit."""


class _Endings:
    """The state of the signal handler, of which there is one, because a process has one handler per signal."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.limit: float | None = None
        self.parent: int | None = None
        self.undisturbed = False
        self.asked: Ended | None = None
        self.pending = False
        self.give_up: Callable[[Ended], None] | None = None
        self.last_moment = math.inf

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """The first signal takes effect after an undisturbed block, the second at once; the third ends the process."""
        if os.getpid() != self.process:  # one that the cell's code has forked, such as a worker that loads data
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(signal.Signals(number))
        before = self.asked
        if before is None:
            self.asked, self.pending = self._ending(number), self.undisturbed
            self.last_moment = time.monotonic() + 2 * PATIENCE
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)
            if not self.pending:
                raise self.asked
        elif not before.at_once:
            self.pending = False
            self.asked = type(before)(str(before), at_once=True)
            raise self.asked
        elif self.give_up is not None:
            self.give_up(before)

    def _ending(self, number: int) -> Ended:
        if number == signal.SIGALRM:
            return TimedOut(f"took longer than runner.timeout={self.limit} seconds" if self.limit else "SIGALRM")
        return Interrupted(signal.Signals(number).name)

    def watch(self, over: threading.Event) -> None:
        """In a thread, which code that handles every exception or replaces the handlers does not stop."""
        looks = 0  # two, since a process that was stopped may go on here before its handler sees that its time is over
        while not over.wait(PATIENCE / 20):
            looks = looks + 1 if time.monotonic() > self.last_moment else 0
            if looks > 1 and self.give_up is not None:
                self.give_up(self.asked or self._ending(signal.SIGALRM))

    def take_effect(self) -> None:
        if self.parent is not None and self.parent != os.getppid():
            raise Interrupted("the process that started this one is gone")
        if self.pending and self.asked is not None:
            self.pending = False
            raise self.asked


_endings = _Endings()


@contextmanager
def ending_on_signals(timeout: float | None, give_up: Callable[[Ended], None] | None = None) -> Iterator[None]:
    """Within the block, SIGTERM and SIGINT raise :class:`Interrupted`, and ``timeout`` seconds :class:`TimedOut`.

    They are raised at the end of an :class:`undisturbed` block, but at once on a second signal, or if the block has not
    ended :data:`PATIENCE` seconds later. If that has no effect for as long again, ``give_up`` is called, which is to
    end the process; a thread does so even if the block handles all exceptions and signals. Outside the main thread,
    where Python handles no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _endings.process, _endings.limit, _endings.give_up = os.getpid(), timeout, give_up
    _endings.asked, _endings.pending = None, False
    _endings.last_moment = time.monotonic() + timeout + 2 * PATIENCE if timeout else math.inf
    _endings.parent = None if in_main_process() else os.getppid()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = {number: signal.signal(number, _endings.on_signal) for number in numbers}
    signal.setitimer(signal.ITIMER_REAL, timeout or 0)
    over = threading.Event()
    threading.Thread(target=_endings.watch, args=(over,), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.setitimer(signal.ITIMER_REAL, 0)
        _endings.undisturbed = False
        for number, handler in before.items():
            signal.signal(number, handler)


class undisturbed:  # noqa: N801 - a context manager; a class, because one stands around every training step
    """Delays signals to the end of the block, so that its changes are made as a whole.

    At the end it also checks whether the parent of a worker is alive, which would otherwise outlive a killed sweep.
    """

    def __enter__(self) -> None:
        self.outer, _endings.undisturbed = _endings.undisturbed, True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> Literal[False]:
        _endings.undisturbed = self.outer
        if kind is None and not self.outer:
            _endings.take_effect()
        return False
