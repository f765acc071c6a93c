"""Paths of the machine that made a page, which say nothing to its readers, are shortened to their ends."""

from __future__ import annotations

import re
from pathlib import Path

KEPT = 3
"""Parts of a path that stay: ``.../runners/steps/step.py``."""

ABSOLUTE = re.compile(r"(?<![\w.:/$])/(?:[^\s/'\":,;()=]+/)+[^\s/'\":,;()=]*")
"""A path from the root with at least one folder; an address such as ``https://...`` is none."""


def shortened(text: str) -> str:
    """The text, its absolute paths with no more than their last :data:`KEPT` parts."""
    return ABSOLUTE.sub(lambda found: ".../" + "/".join(found[0].strip("/").split("/")[-KEPT:]), text)


def from_here(folder: Path) -> Path:
    """The folder as seen from where the report was made; by its name alone where it lies somewhere else."""
    whole, here = folder.resolve(), Path.cwd()
    return whole.relative_to(here) if whole.is_relative_to(here) and whole != here else Path(whole.name)
