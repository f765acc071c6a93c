"""Writing any text safely to any terminal."""

from __future__ import annotations

import logging
import os
import sys


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
    """The text with control characters, which a terminal would execute, replaced by codes. Newlines are kept."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape", "surrogatepass").decode()
        for sign in text
    )
