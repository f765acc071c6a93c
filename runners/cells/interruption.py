"""How a running cell is ended from outside: a signal, a time limit, or the death of the process that started it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from runners.cells.progress import in_main_process


class Interrupted(BaseException):
    """The process was asked to end. It is no Exception, because nothing but the end of the cell may handle it."""


class TimedOut(Exception):  # noqa: N818 - an outcome of a cell
    """The cell took longer than it was given."""


class _Endings:
    """What has asked this process to end. There is one, because a process has one handler for each signal."""

    def __init__(self) -> None:
        self.limit: float | None = None
        self.parent: int | None = None
        self.undisturbed = False
        self.pending: BaseException | None = None

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGALRM:
            ending: BaseException = TimedOut(f"took longer than runner.timeout={self.limit} seconds")
        else:
            ending = Interrupted(signal.Signals(number).name)
        if not self.undisturbed:
            raise ending
        self.pending = ending

    def take_effect(self) -> None:
        if self.parent is not None and self.parent != os.getppid():
            raise Interrupted("the process that started this one is gone")
        if self.pending is not None:
            ending, self.pending = self.pending, None
            raise ending


_endings = _Endings()


@contextmanager
def ending_on_signals(timeout: float | None) -> Iterator[None]:
    """Within the block SIGTERM and SIGINT raise :class:`Interrupted`, and ``timeout`` seconds :class:`TimedOut`.

    Outside the main thread, where Python has no signals, the block changes nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _endings.limit, _endings.pending = timeout, None
    _endings.parent = None if in_main_process() else os.getppid()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)
    before = {number: signal.signal(number, _endings.on_signal) for number in numbers}
    signal.setitimer(signal.ITIMER_REAL, timeout or 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


class undisturbed:  # noqa: N801 - a context manager; a class, because one stands around every training step
    """What the block changes is changed as a whole: signals have their effect at its end.

    So has the death of the parent of a worker, which would otherwise go on alone when its sweep was killed.
    """

    def __enter__(self) -> None:
        self.outer, _endings.undisturbed = _endings.undisturbed, True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        _endings.undisturbed = self.outer
        if kind is None and not self.outer:
            _endings.take_effect()
