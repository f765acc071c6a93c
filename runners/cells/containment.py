"""Undoes the effects of a cell's code on the process after the cell, and describes its errors safely."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TextIO

from runners.cells.leftovers import noting_leftovers
from runners.cells.process_state import STATE

LONGEST = 2000
"""Limit on the length of an error's description, characters."""


@contextmanager
def contained() -> Iterator[None]:
    """Restores :data:`STATE` after the block, and reopens standard streams that its code has closed.

    Within the block ``os._exit`` raises SystemExit, since it would end the whole sweep without a message.
    """
    before = [current() for current, _ in STATE]
    try:
        with noting_leftovers(), _streams_kept(), _process_kept():
            yield
    finally:
        for (current, restore), value in zip(STATE, before, strict=True):
            with suppress(Exception):  # later cells that depend on it will fail, and report why
                if current() != value:
                    restore(value)


@contextmanager
def one_process() -> Iterator[None]:
    """Ends, at the end of the block, a process that its code has forked: it would run the rest of the sweep again."""
    process = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != process:
            os._exit(1)


@contextmanager
def _streams_kept() -> Iterator[None]:
    streams = {0: "stdin", 1: "stdout", 2: "stderr"}
    before = {number: getattr(sys, name) for number, name in streams.items()}
    copies = {number: os.dup(number) for number in streams if _is_open(number)}
    try:
        yield
    finally:
        for number, copy in copies.items():
            os.dup2(copy, number)
            os.close(copy)
        for number, name in streams.items():
            stream = before[number]
            if stream is not None and not _is_usable(stream):
                stream = os.fdopen(number, "w" if number else "r", errors="backslashreplace", closefd=False)
            setattr(sys, name, stream)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _is_usable(stream: TextIO) -> bool:
    try:
        return not stream.closed
    except ValueError:  # its buffer was detached, to wrap it in another stream
        return False


@contextmanager
def _process_kept() -> Iterator[None]:
    process, end = os.getpid(), os._exit

    def refused(status: int) -> NoReturn:
        if os.getpid() == process:
            raise SystemExit(f"os._exit({status})")
        end(status)  # in a process that the code has forked

    os._exit = refused
    try:
        yield
    finally:
        os._exit = end


def describe(error: BaseException) -> str:
    """``Type: message`` of an error, as text that can be written anywhere."""
    name, message = writable(type(error).__name__), message_of(error)
    return f"{name}: {message}"[:LONGEST] if message else name


def message_of(error: BaseException) -> str:
    """The message of an error, as text that can be written anywhere."""
    try:
        message = str(error)
    except BaseException:  # raised by the __str__ of a user's class
        message = "its text cannot be read"
    return writable(message[:LONGEST])


def traceback_of(error: BaseException) -> str:
    """The traceback of an error, as text that can be written anywhere."""
    try:
        return writable("".join(traceback.format_exception(error)))
    except BaseException:  # raised by the attributes of a user's class
        return describe(error)


def writable(text: str) -> str:
    """The text with characters that cannot be encoded, such as half of a surrogate pair, replaced by codes."""
    return text.encode(errors="backslashreplace").decode()
