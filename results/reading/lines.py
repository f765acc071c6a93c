"""Files of a cell with one JSON object a line, which may be anybody's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints

from runners.cells.files import read_file
from runners.config.kinds import fits, misfits


def read_lines(path: Path, schema: Any, notes: list[str]) -> list[dict[str, Any]]:
    """The entries of each line that are of the schema; nothing where there is no such file.

    Args:
        path: of the file, in the folder of a cell.
        schema: a ``TypedDict``; what it needs, every line must have.
        notes: a sentence is added for each line that is not what the schema says, which is left out.
    """
    try:
        texts = read_file(path).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        notes.append(f"{path.parent.name}: {path.name} is unreadable and is left out: {error.strerror}")
        return []
    known, found = get_type_hints(schema, include_extras=True), []
    needed = {key for key, hint in known.items() if get_origin(hint) is not NotRequired}
    for number, text in enumerate(texts, start=1):
        entry = _entry(text)
        if entry is None or not needed <= entry.keys() or misfits(entry, schema):
            notes.append(f"{path.parent.name}: line {number} of {path.name} is unreadable and is left out")
        else:
            found.append({key: value for key, value in entry.items() if key in known})
    return found


def _entry(text: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return entry if fits(entry, dict[str, Any]) else None
