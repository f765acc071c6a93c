"""The cells that sweeps asked for and that have no folder yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from results.flatten import flatten_overrides
from runners.cells.files import read_json
from runners.cells.keys import NOT_IDENTIFYING

MANIFEST = "sweep.json"

LARGEST_MANIFEST = 64 * 10**6
"""Bytes."""


def missing_cells(
    folder: Path, rows: Sequence[Mapping[str, Any]], overrides: Sequence[Sequence[str]], notes: list[str]
) -> list[dict[str, Any]]:
    """Rows of status "missing", with what the overrides of ``sweep.json`` tell about each.

    Args:
        folder: the folder of all cells.
        rows: the cells that are there, as flat dictionaries.
        overrides: the overrides that each of them recorded.
        notes: a sentence is added when ``sweep.json`` is unreadable.
    """
    try:
        asked = asked_cells(folder)
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        notes.append(f"unreadable {MANIFEST}: missing cells are not shown")
        return []
    # Most cells have recorded the very words; only the others are compared value by value with every cell.
    verbatim = {frozenset(recorded) for recorded in overrides}
    missing: dict[frozenset[str], dict[str, Any]] = {}
    for cell in asked:
        if frozenset(cell) in verbatim:
            continue
        meant = {text: values for text, values in flatten_overrides(cell).items() if not _without_effect(values)}
        if not any(_agrees(meant, row, recorded) for row, recorded in zip(rows, overrides, strict=True)):
            settings = {key: value for values in meant.values() for key, value in values.items()}
            known = {key: value for key, value in settings.items() if _is_column(key)}
            known["bound_samples"] = settings.get("runner.bound_samples")
            missing[frozenset(meant)] = known | {"status": "missing", "reason": "asked for: " + " ".join(meant)}
    return list(missing.values())


def asked_cells(folder: Path) -> list[list[str]]:
    """The overrides of every cell that sweeps into a folder asked for.

    Raises:
        FileNotFoundError: they have left no list.
        OSError, ValueError: it cannot be read, or is none.
    """
    content = read_json(folder / MANIFEST, LARGEST_MANIFEST)
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, list) for cell in cells):
        raise ValueError(f"{folder / MANIFEST}: no list of cells")
    return [[str(override).encode(errors="backslashreplace").decode() for override in cell] for cell in cells]


def note_of(folder: Path) -> str:
    """What the experiment has to say to who reads its results; empty where it has nothing to say."""
    try:
        return str(read_json(folder / MANIFEST, LARGEST_MANIFEST)["note"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _without_effect(values: Mapping[str, Any]) -> bool:
    return all(key in NOT_IDENTIFYING or key.startswith("hydra") for key in values)


def _is_column(key: str) -> bool:
    """Whether it is a choice or a value of the configuration, and not one of Hydra's own words: ``optimizer@other``."""
    parts = key.split(".")
    return key in ("estimator", "task", "data", "seed") or (len(parts) > 1 and all(map(str.isidentifier, parts)))


def _agrees(meant: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any], recorded: Sequence[str]) -> bool:
    """A cell is the one asked for if it ran with each override, or its configuration has each override's value.

    The second is for cells that another sweep, with other words for the same values, ran before.
    """
    return all(
        text in recorded or all(names_same(key, value, row.get(key)) for key, value in values.items())
        for text, values in meant.items()
    )


def names_same(key: str, asked: Any, found: Any) -> bool:
    """True if the asked value is the found one. ``data=mnist`` asks for any binarisation: ``mnist-dynamic``."""
    return asked == found or (key == "data" and str(found).startswith(f"{asked}-"))
