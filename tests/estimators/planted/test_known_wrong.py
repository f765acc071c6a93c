"""The page of known mistakes names classes that are planted, with the check that catches each."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path("docs/known-wrong.md")
FOLDER = Path(__file__).parent


def planted_rows() -> set[tuple[str, str]]:
    """Names of classes with names of checks, over all files of this folder."""
    rows: set[tuple[str, str]] = set()
    for path in FOLDER.glob("test_*.py"):
        rows |= set(re.findall(r"^        \((\w+), \"(\w+)\", \w+\),$", path.read_text(), re.MULTILINE))
    return rows


def test_every_mistake_of_the_page_is_planted_with_the_check_that_it_names():
    rows = [re.findall(r"`(\w+)`", line) for line in PAGE.read_text().splitlines() if line.startswith("|")]
    named = {(names[-1], names[0]) for names in rows if names}
    assert len(named) == 14
    assert named - planted_rows() == set()
