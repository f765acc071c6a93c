"""What is written to a terminal, whatever the text and whatever the terminal."""

from __future__ import annotations

import logging
import os
import sys


def use_terminal() -> None:
    """Makes writing safe: a stream that is closed leads nowhere, and characters that it has not are written as codes.

    For the beginning of a command.
    """
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None:  # its number must not become that of a file, which would then be written into
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
    """The text with its control characters written as codes: a terminal would obey them. New lines stay."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign == "\n" else sign.encode("unicode_escape", "surrogatepass").decode()
        for sign in text
    )
