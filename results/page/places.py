"""Shortening of absolute paths, which mean nothing to readers on other machines."""

from __future__ import annotations

import re
from pathlib import Path

KEPT = 3
"""Number of parts to keep of a path, as in ``.../runners/steps/step.py``."""

ABSOLUTE = re.compile(r"(?<![\w.:/$])/(?:[^\s/'\":,;()=]+/)+[^\s/'\":,;()=]*")
"""An absolute path with at least one folder. URLs do not match."""


def shortened(text: str) -> str:
    """The text with only the last :data:`KEPT` parts of absolute paths."""
    return ABSOLUTE.sub(lambda found: ".../" + "/".join(found[0].strip("/").split("/")[-KEPT:]), text)


def from_here(folder: Path) -> Path:
    """The folder relative to the working directory, or its name alone if it is not below it."""
    whole, here = folder.resolve(), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) and whole != here else Path(whole.name)
