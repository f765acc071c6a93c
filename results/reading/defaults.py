"""Options that classes did not have yet when some of their cells were run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def with_defaults(rows: Sequence[dict[str, Any]], defaults: Iterable[Sequence[str]]) -> None:
    """Gives cells without an option the default of their class, as recorded by other cells of the class.

    So cells from before and after a new option are compared, as they have the same id if the option has its default.

    Args:
        rows: the cells, with their configuration under dotted names.
        defaults: for each cell, the options that have their default.
    """
    known = {
        (_class(row, key), key): row[key]
        for row, keys in zip(rows, defaults, strict=True)
        for key in keys
        if key in row
    }
    for row in rows:
        sections = {key.rpartition(".")[0] for key in row}  # an option that is a section there has its own keys
        for (name, key), value in known.items():
            if name is not None and name == _class(row, key) and key not in sections:
                row.setdefault(key, value)


def _class(row: Mapping[str, Any], key: str) -> Any:
    """The class whose option the key is."""
    return row.get(f"{key.partition('.')[0]}._target_")
