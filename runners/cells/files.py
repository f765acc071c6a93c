"""Writing files atomically, and reading files that other people may have written."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LARGEST = 256 * 10**6
"""Limit on the size of a cell's files that are read, bytes."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file to write, with the same suffix, which replaces ``path`` if the block succeeds.

    Raises:
        OSError: ``path`` is a device, a pipe or a folder, which must not be replaced; or writing fails.
    """
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "this is not a regular file", str(path))
    temporary = path.parent / f".{path.stem}.{os.getpid()}.tmp{path.suffix}"
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.errno and error.filename in (None, str(temporary)):  # a full disk is not named
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Writes the whole file or leaves the old one. Characters that cannot be encoded are written as codes."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8", errors="backslashreplace")


def remove_half_written(folder: Path) -> None:
    """Removes the temporary files of processes that died in :func:`replacing`."""
    for path in folder.glob(".*.tmp*"):
        path.unlink(missing_ok=True)


def read_file(path: Path, at_most: int = LARGEST) -> bytes:
    """The bytes of a file that other people may have written.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is not a regular file, or larger than ``at_most`` bytes.
    """
    about = path.lstat()
    if not stat.S_ISREG(about.st_mode):  # a pipe would have no end, and a link may lead anywhere
        raise OSError(errno.EINVAL, "this is not a regular file", str(path))
    too_large = OSError(errno.EFBIG, f"this is larger than {at_most / 1e6:g} MB", str(path))
    if about.st_size > at_most:
        raise too_large
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
        content = file.read(at_most + 1)
    if len(content) > at_most:  # it has grown since
        raise too_large
    return content


def read_json(path: Path, at_most: int = LARGEST) -> Any:
    """The content of a JSON file that other people may have written.

    Raises:
        OSError: as :func:`read_file` does.
        ValueError: it is not valid JSON.
    """
    try:
        return json.loads(read_file(path, at_most))
    except RecursionError:
        raise ValueError(f"{path}: the JSON is nested too deeply") from None


def digest_of_file(path: Path) -> str:
    """Twelve hexadecimal digits of a hash of a file's bytes.

    Raises:
        OSError: as :func:`read_file` does.
    """
    return hashlib.sha256(read_file(path)).hexdigest()[:12]
