"""Names of files."""

from __future__ import annotations

import re


def file_name(*parts: object) -> str:
    """The parts joined by underscores, with only characters that every file system accepts."""
    return "_".join(re.sub(r"[^\w.=-]+", "-", str(part)) for part in parts)
