"""How a running cell is ended from outside: a signal, a time limit, or the death of the process that started it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

from runners.cells.progress import in_main_process

PATIENCE = 10.0
"""Seconds after a signal or the time limit, after which a step that has not come back is left as it is."""


class Ended(BaseException):
    """The cell was asked to end. It is no Exception, because nothing but the end of the cell may handle it.

    Attributes:
        at_once: it came in the midst of a change, such as a training step, so that the state cannot be used.
    """

    def __init__(self, reason: str, at_once: bool = False) -> None:
        super().__init__(reason)
        self.at_once = at_once


class Interrupted(Ended):
    """The process was asked to end."""


class TimedOut(Ended):
    """The cell took longer than it was given."""


class _Endings:
    """What has asked this process to end. There is one, because a process has one handler for each signal."""

    def __init__(self) -> None:
        self.limit: float | None = None
        self.parent: int | None = None
        self.undisturbed = False
        self.asked: Ended | None = None
        self.pending = False
        self.give_up: Callable[[Ended], None] | None = None

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Asks once, then insists: the second time takes effect at once, and the third time the process ends."""
        before = self.asked
        if before is None:
            self.asked, self.pending = self._ending(number), self.undisturbed
            signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE)
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
            return TimedOut(f"took longer than runner.timeout={self.limit} seconds")
        return Interrupted(signal.Signals(number).name)

    def take_effect(self) -> None:
        if self.parent is not None and self.parent != os.getppid():
            raise Interrupted("the process that started this one is gone")
        if self.pending and self.asked is not None:
            self.pending = False
            raise self.asked


_endings = _Endings()


@contextmanager
def ending_on_signals(timeout: float | None, give_up: Callable[[Ended], None] | None = None) -> Iterator[None]:
    """Within the block SIGTERM and SIGINT raise :class:`Interrupted`, and ``timeout`` seconds :class:`TimedOut`.

    They do so at the end of an :class:`undisturbed` block, but at once if that has not come :data:`PATIENCE` seconds
    later, or when there is a second signal. Where even that has been without effect for as long, ``give_up`` is called,
    which may end the process. Outside the main thread, where Python has no signals, the block changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _endings.limit, _endings.give_up = timeout, give_up
    _endings.asked, _endings.pending = None, False
    _endings.parent = None if in_main_process() else os.getppid()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = {number: signal.signal(number, _endings.on_signal) for number in numbers}
    signal.setitimer(signal.ITIMER_REAL, timeout or 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        _endings.undisturbed = False
        for number, handler in before.items():
            signal.signal(number, handler)


class undisturbed:  # noqa: N801 - a context manager; a class, because one stands around every training step
    """What the block changes is changed as a whole: signals have their effect at its end.

    So has the death of the parent of a worker, which would otherwise continue alone when its sweep was killed.
    """

    def __enter__(self) -> None:
        self.outer, _endings.undisturbed = _endings.undisturbed, True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> Literal[False]:
        _endings.undisturbed = self.outer
        if kind is None and not self.outer:
            _endings.take_effect()
        return False
