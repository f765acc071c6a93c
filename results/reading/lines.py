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
    known = get_type_hints(schema, include_extras=True)
    needed = {key for key, hint in known.items() if get_origin(hint) is not NotRequired}
    entries, invalid = list[dict[str, Any]](), list[int]()
    for number, entry in enumerate(json_lines(path, notes), start=1):
        if not fits(entry, dict[str, Any]) or not needed <= entry.keys() or misfits(entry, schema):
            invalid.append(number)
        else:
            entries.append({key: value for key, value in entry.items() if key in known})
    notes += left_out(path, invalid)
    return entries


def json_lines(path: Path, notes: list[str]) -> list[Any]:
    """The content of each line, None for a line that is not JSON; no lines if there is no such file, or, with a note,
    if it cannot be read."""
    try:
        texts = read_file(path).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        notes.append(f"{path.parent.name}: {path.name} is unreadable and is left out: {error.strerror}")
        return []
    try:
        return json.loads(f"[{','.join(texts)}]")  # at once, which is several times as fast as line by line
    except (ValueError, RecursionError):
        return [_line(text) for text in texts]


def left_out(path: Path, lines: Sequence[int]) -> list[str]:
    """A sentence about the unreadable lines of a file, by their numbers; empty if there are none."""
    if not lines:
        return []
    if len(lines) == 1:
        return [f"{path.parent.name}: line {lines[0]} of {path.name} is unreadable and is left out"]
    return [
        f"{path.parent.name}: {len(lines)} lines of {path.name}, from {lines[0]} on, are unreadable and are left out"
    ]


def _line(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
