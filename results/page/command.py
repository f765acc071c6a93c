"""The command that a folder of cells comes from, as far as what was recorded tells it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from results.reading.asked import asked_cells
from results.reading.collect import Results
from runners.cells.files import read_file
from runners.cells.record import LARGEST_RECORD, Unreadable, load_record

PUBLISHED = "command.txt"
"""How published cells were made."""


def command_of(results: Results) -> str:
    """One command that makes all cells; empty where their overrides are not those of one."""
    with suppress(OSError):
        return read_file(results.folder / PUBLISHED, LARGEST_RECORD).decode(errors="replace").strip()
    return from_overrides([_read(cell) for cell in _asked(results)])


def from_overrides(cells: Sequence[dict[str, str]]) -> str:
    """The experiment with what all cells have in common, or the product of their values if it has no others."""
    if not cells or not all(cells):
        return ""
    keys = list(dict.fromkeys(key for cell in cells for key in cell))
    values = {key: list(dict.fromkeys(cell.get(key, "") for cell in cells)) for key in keys}
    common = {key: found[0] for key, found in values.items() if len(found) == 1}
    if "experiment" in common:
        first = f"experiment={common.pop('experiment')}"
        return shlex.join(["python", "-m", "runners.run", first, *(f"{key}={value}" for key, value in common.items())])
    product = math.prod(map(len, values.values()))
    if product != len({tuple(cell.items()) for cell in cells}) or any("" in found for found in values.values()):
        return ""
    swept = [f"{key}={','.join(found)}" for key, found in values.items()]
    return shlex.join(["python", "-m", "runners.run", *(["-m"] if product > 1 else []), *swept])


def _asked(results: Results) -> Iterator[list[str]]:
    """The overrides of every cell that a sweep asked for, or of those that are there."""
    with suppress(OSError, ValueError):
        yield from asked_cells(results.folder)
        return
    for folder in results.cells["folder"].dropna():
        try:
            yield list(map(str, load_record(results.folder / str(folder)).get("overrides") or []))
        except (OSError, Unreadable):
            yield []


def _read(overrides: Sequence[str]) -> dict[str, str]:
    """By key; without a folder of this machine's and without words to Hydra itself."""
    pairs = (override.partition("=") for override in overrides)
    found = {key.lstrip("+"): value for key, _, value in pairs if not key.startswith("hydra")}
    return {key: value for key, value in found.items() if key != "output" or not Path(value).is_absolute()}
