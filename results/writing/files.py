"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path with the same suffix, which takes the place of ``path`` when the block ends without an error."""
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def file_name(*parts: object) -> str:
    """The parts joined by underscores, with only characters that every file system takes."""
    return "_".join(re.sub(r"[^\w.=-]+", "-", str(part)) for part in parts)
