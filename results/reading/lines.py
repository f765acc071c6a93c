"""Files of a cell with one JSON object per line. They are not trusted: somebody else may have written them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints

from runners.cells.files import read_file
from runners.config.kinds import fits, misfits


def read_lines(path: Path, schema: Any, notes: list[str]) -> list[dict[str, Any]]:
    """The entries of each line that the schema names; no lines if there is no such file.

    Args:
        path: path of the file, in the folder of a cell.
        schema: a ``TypedDict``; every line must have its required keys.
        notes: a sentence is added about lines that do not match the schema, which are left out.
    """
    try:
        texts = read_file(path).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        notes.append(f"{path.parent.name}: {path.name} is unreadable and is left out: {error.strerror}")
        return []
    known = get_type_hints(schema, include_extras=True)
    needed = {key for key, hint in known.items() if get_origin(hint) is not NotRequired}
    entries, invalid = list[dict[str, Any]](), list[int]()
    for number, text in enumerate(texts, start=1):
        entry = _entry(text)
        if entry is None or not needed <= entry.keys() or misfits(entry, schema):
            invalid.append(number)
        else:
            entries.append({key: value for key, value in entry.items() if key in known})
    notes += left_out(path, invalid)
    return entries


def left_out(path: Path, lines: Sequence[int]) -> list[str]:
    """A sentence about the unreadable lines of a file, by their numbers; empty if there are none."""
    if not lines:
        return []
    if len(lines) == 1:
        return [f"{path.parent.name}: line {lines[0]} of {path.name} is unreadable and is left out"]
    return [
        f"{path.parent.name}: {len(lines)} lines of {path.name}, from {lines[0]} on, are unreadable and are left out"
    ]


def _entry(text: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if fits(entry, dict[str, Any]) else None
