"""Undoes the effects of a cell's code on the process after the cell, and describes its errors safely."""

from __future__ import annotations

import builtins
import contextvars
import functools
import logging
import operator
import os
import random
import socket
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ParamSpec, TextIO, TypeVar

import numpy as np
import torch
import torch._dynamo  # the first optimizer loads it, which changes attributes and is to be no effect of a cell

from runners.cells.leftovers import noting_leftovers, refusing_to_exit
from runners.cells.process_state import STATE

PATCHED: tuple[Any, ...] = (builtins, logging, np, os, random, socket, sys, threading, time, warnings)
PATCHED += (torch, torch.__future__, torch.nn.functional, torch.nn.Module, torch.optim.Optimizer, torch.Tensor)
"""Modules and classes whose attributes are restored: hooks such as ``sys.excepthook``, and functions."""

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

LONGEST = 2000
"""Limit on the length of an error's description, characters."""


@contextmanager
def contained() -> Iterator[None]:
    """Restores :data:`STATE` and the attributes of :data:`PATCHED` after the block, and reopens standard streams that
    its code has closed.

    Within the block ``os._exit`` raises SystemExit, since it would end the whole sweep without a message.
    """
    before = []
    for current, restore in STATE:
        with suppress(Exception):  # some of it cannot be read after odd changes
            before.append((current, restore, current()))
    try:
        with noting_leftovers(), _streams_kept(), refusing_to_exit(), _attributes_kept():
            yield
    finally:
        for current, restore, value in before:
            with suppress(Exception):  # later cells that depend on it will fail, and report why
                if not _has_value(current, value):
                    restore(value)


def _has_value(current: Callable[[], Any], value: Any) -> bool:
    """Whether a part of the state is as it was; one that cannot be read or compared is not."""
    with suppress(Exception):
        return bool(current() == value)
    return False


def in_a_copied_context(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function, whose changes of context variables have no effect on its caller.

    The configuration of Dynamo and Inductor consists of such variables.
    """

    @functools.wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return contextvars.copy_context().run(function, *args, **kwargs)

    return call


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
def _attributes_kept() -> Iterator[None]:
    before = [dict(vars(owner)) for owner in PATCHED]
    try:
        yield
    finally:
        for owner, attributes in zip(PATCHED, before, strict=True):
            now = dict(vars(owner))
            if len(now) == len(attributes) and all(map(operator.is_, now.values(), attributes.values())):
                continue
            for name in [name for name, value in attributes.items() if now.get(name) is not value]:
                if (owner, name) != (sys, "path"):  # a new list may have folders that the cell's modules need
                    setattr(owner, name, attributes[name])
            for name in now.keys() - attributes.keys():
                if isinstance(owner, type) and hasattr(super(owner, owner), name):  # it hides an inherited one
                    delattr(owner, name)


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
