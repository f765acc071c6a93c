"""Files of a cell that are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Writes the whole file or leaves the old one."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def digest_of_file(path: Path) -> str:
    """Twelve hexadecimal digits of a hash of its bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
