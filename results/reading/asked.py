"""The cells that sweeps requested and that have no folder yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results.flatten import flatten_overrides
from runners.cells.files import read_json
from runners.cells.keys import NOT_IDENTIFYING

MANIFEST = "sweep.json"

LARGEST_MANIFEST = 64 * 10**6
"""Size limit of ``sweep.json``, bytes."""


def missing_cells(
    folder: Path, rows: Sequence[Mapping[str, Any]], overrides: Sequence[Sequence[str]], notes: list[str]
) -> list[dict[str, Any]]:
    """Rows with status "missing" for the requested cells that do not exist, with the values that their overrides give.

    Args:
        folder: the folder of all cells.
        rows: the existing cells, as flat dictionaries.
        overrides: the overrides that each existing cell recorded.
        notes: a sentence is added if ``sweep.json`` is unreadable.
    """
    try:
        requested = asked_cells(folder)
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        notes.append(f"unreadable {MANIFEST}: missing cells are not shown")
        return []
    # Most cells recorded exactly these overrides; only the others are compared value by value with every cell.
    verbatim = {frozenset(recorded) for recorded in overrides}
    missing: dict[frozenset[str], dict[str, Any]] = {}
    for cell in requested:
        if frozenset(cell) in verbatim:
            continue
        wanted = {text: values for text, values in flatten_overrides(cell).items() if not _without_effect(values)}
        if not any(_agrees(wanted, row, recorded) for row, recorded in zip(rows, overrides, strict=True)):
            settings = {key: value for values in wanted.values() for key, value in values.items()}
            known = {key: value for key, value in settings.items() if _is_column(key)}
            known["bound_samples"] = settings.get("runner.bound_samples")
            missing[frozenset(wanted)] = known | {"status": "missing", "reason": "requested: " + " ".join(wanted)}
    return list(missing.values())


def asked_cells(folder: Path) -> list[list[str]]:
    """The overrides of every cell that sweeps into a folder have requested.

    Raises:
        FileNotFoundError: there is no ``sweep.json``.
        OSError, ValueError: it cannot be read, or is not a list of cells.
    """
    content = read_json(folder / MANIFEST, LARGEST_MANIFEST)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, list) for cell in cells):
        raise ValueError(f"{folder / MANIFEST}: no list of cells")
    return [[str(override).encode(errors="backslashreplace").decode() for override in cell] for cell in cells]


def note_of(folder: Path) -> str:
    """The note that the experiment gives to readers of its results; empty if it has none."""
    try:
        return str(read_json(folder / MANIFEST, LARGEST_MANIFEST)["note"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _without_effect(values: Mapping[str, Any]) -> bool:
    return all(key in NOT_IDENTIFYING or key.startswith("hydra") for key in values)


def _is_column(key: str) -> bool:
    """Whether a key is a choice or a value of the configuration, rather than Hydra syntax as in ``optimizer@other``."""
    parts = key.split(".")
    return key in ("estimator", "task", "data", "seed") or (len(parts) > 1 and all(map(str.isidentifier, parts)))


def _agrees(wanted: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any], recorded: Sequence[str]) -> bool:
    """Whether a cell is the requested one: it recorded each override, or its configuration has each override's value.

    The latter is for cells that another sweep ran before, with other overrides for the same values.
    """
    return all(
        text in recorded or all(names_same(key, value, row.get(key)) for key, value in values.items())
        for text, values in wanted.items()
    )


def names_same(key: str, requested: Any, value: Any) -> bool:
    """Whether a value is the requested one; ``data=mnist`` matches any binarisation, such as ``mnist-dynamic``."""
    return requested == value or (key == "data" and str(value).startswith(f"{requested}-"))
