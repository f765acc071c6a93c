"""Files that are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
    """Writes the whole file or leaves the old one."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")


def remove_half_written(folder: Path) -> None:
    """Removes what processes that died in :func:`replacing` left in a folder."""
    for path in folder.glob(".*.tmp*"):
        path.unlink(missing_ok=True)


def digest_of_file(path: Path) -> str:
    """Twelve hexadecimal digits of a hash of its bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
