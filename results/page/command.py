"""The command that made a folder of cells, derived from its records."""

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
"""The file with the command that made published cells."""


def command_of(results: Results) -> str:
    """The single command that makes all cells; empty if there is none."""
    with suppress(OSError):
        return read_file(results.folder / PUBLISHED, LARGEST_RECORD).decode(errors="replace").strip()
    return from_overrides([_by_key(overrides) for overrides in _overrides(results)])


def from_overrides(cells: Sequence[dict[str, str]]) -> str:
    """The experiment with the overrides that all cells share, or the sweep over all values if it gives these cells."""
    if not cells or not all(cells):
        return ""
    keys = list(dict.fromkeys(key for cell in cells for key in cell))
    values = {key: list(dict.fromkeys(cell.get(key, "") for cell in cells)) for key in keys}
    common = {key: own[0] for key, own in values.items() if len(own) == 1}
    if "experiment" in common:
        first = f"experiment={common.pop('experiment')}"
        return shlex.join(["python", "-m", "runners.run", first, *(f"{key}={value}" for key, value in common.items())])
    product = math.prod(map(len, values.values()))
    if product != len({tuple(cell.items()) for cell in cells}) or any("" in own for own in values.values()):
        return ""
    swept = [f"{key}={','.join(own)}" for key, own in values.items()]
    return shlex.join(["python", "-m", "runners.run", *(["-m"] if product > 1 else []), *swept])


def _overrides(results: Results) -> Iterator[list[str]]:
    """The overrides of every cell of the sweep, or of the existing cells if no sweep was recorded."""
    with suppress(OSError, ValueError):
        yield from asked_cells(results.folder)
        return
    for folder in results.cells["folder"].dropna():
        try:
            yield list(map(str, load_record(results.folder / str(folder)).get("overrides") or []))
        except (OSError, Unreadable):
            yield []


def _by_key(overrides: Sequence[str]) -> dict[str, str]:
    """The overrides by key, without Hydra's own and without an absolute output folder."""
    pairs = (override.partition("=") for override in overrides)
    values = {key.lstrip("+"): value for key, _, value in pairs if not key.startswith("hydra")}
    return {key: value for key, value in values.items() if key != "output" or not Path(value).is_absolute()}
