"""Files that are written whole or not at all."""

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
"""Bytes of a file of a cell, beyond which it is not read."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write, with the same suffix, which takes the place of ``path`` at the end of the block, unless it
    fails."""
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Writes the whole file or leaves the old one; what is no text, such as a byte of a path, as its code."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8", errors="backslashreplace")


def remove_half_written(folder: Path) -> None:
    """Removes what processes that died in :func:`replacing` left in a folder."""
    for path in folder.glob(".*.tmp*"):
        path.unlink(missing_ok=True)


def read_file(path: Path, at_most: int = LARGEST) -> bytes:
    """The bytes of a file that need not be one of ours.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is a link, a device, a pipe or a folder, or larger than ``at_most`` bytes.
    """
    # A pipe would be waited for, and a link may lead to what is none of the cell's.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "this is not a regular file", str(path))
        content = file.read(at_most + 1)
    if len(content) > at_most:
        raise OSError(errno.EFBIG, f"this is larger than {at_most / 1e6:g} MB", str(path))
    return content


def read_json(path: Path, at_most: int = LARGEST) -> Any:
    """The content of a JSON file that need not be one of ours.

    Raises:
        OSError: as :func:`read_file` does.
        ValueError: it is no JSON.
    """
    try:
        return json.loads(read_file(path, at_most))
    except RecursionError:
        raise ValueError(f"{path}: the JSON is nested too deeply") from None


def digest_of_file(path: Path) -> str:
    """Twelve hexadecimal digits of a hash of its bytes.

    Raises:
        OSError: as :func:`read_file` does.
    """
    return hashlib.sha256(read_file(path)).hexdigest()[:12]
