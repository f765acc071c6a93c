"""What commands share: errors in one line, writing any text safely to any terminal, numbers as options."""

from __future__ import annotations

import argparse
import functools
import logging
import math
import os
import sys
from collections.abc import Callable, Sequence

Main = Callable[[Sequence[str] | None], int]
"""A command, given its arguments; None for those of the process. It returns the exit status."""


def one_line_errors(*mistakes: type[Exception]) -> Callable[[Main], Callable[..., int]]:
    """Makes a command end with one line and exit status 2 if it raises one of ``mistakes`` or an error of the system.

    Writing is safe in it (:func:`use_terminal`), and a reader such as ``head`` that has closed the pipe is no error.
    """

    def decorated(main: Main) -> Callable[..., int]:
        @functools.wraps(main)
        def run(arguments: Sequence[str] | None = None) -> int:
            use_terminal()
            try:
                status = main(arguments)
                sys.stdout.flush()
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return 0
            except (OSError, *mistakes) as error:
                print(printable(f"error: {_in_words(error)}".replace("\n", " ")), file=sys.stderr)
                return 2
            return status

        return run

    return decorated


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        path = error.filename2 or error.filename
        return f"{path}: {error.strerror}" if path else error.strerror
    return str(error)


def positive(text: str) -> float:
    """The value of an option that is a positive number."""
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text}: write a positive number")
    return value


def use_terminal() -> None:
    """Makes writing safe, at the beginning of a command.

    Closed streams lead to the null device, and characters that a stream cannot encode are written as codes.
    """
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:  # otherwise the next file to be opened would get its number, and be written to
            mode = "r" if name == "stdin" else "w"
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
        elif name != "stdin" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.raiseExceptions = False  # a line that cannot be written is not worth a traceback


def printable(text: str) -> str:
    """The text in one line, with control characters, which a terminal would execute, replaced by codes."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "surrogatepass").decode() for sign in text
    )
