"""Files of a cell that are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def taking_the_place_of(path: Path) -> Iterator[Path]:
    """A file to write, which takes the place of the one at ``path`` at the end of the block, unless it fails."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(path: Path, text: str) -> None:
    """Writes the whole file or leaves the old one."""
    with taking_the_place_of(path) as new:
        new.write_text(text)


def digest_of_file(path: Path) -> str:
    """Twelve hexadecimal digits of a hash of its bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
