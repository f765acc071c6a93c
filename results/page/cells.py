"""What the page tells of each cell: how it ended, its configuration, and the command that runs it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from results.reading.collect import Results
from results.reading.labels import Label
from runners.cells.record import UNSUCCESSFUL


class CellNote(NamedTuple):
    """One cell; ``traceback`` is empty where it had success."""

    name: str
    status: str
    reason: str
    command: str
    configuration: str
    traceback: str


def cell_notes(results: Results, label: Label) -> list[CellNote]:
    """Every cell that has a folder, in the order of the data frame."""
    return [
        _note(results.folder / str(cell["folder"]), cell, label)
        for _, cell in results.cells.iterrows()
        if not pd.isna(cell["folder"])
    ]


def _note(folder: Path, cell: pd.Series, label: Label) -> CellNote:
    command = ["python", "-m", "runners.run", "--config-path", str(folder.resolve()), "--config-name", "config"]
    status = str(cell["status"])
    return CellNote(
        name=f"{label(str(cell['estimator']))}, {cell['task']}, {cell['data']}, seed {cell['seed']}",
        status=status,
        reason="" if pd.isna(cell["reason"]) else str(cell["reason"]),
        command=shlex.join([*command, "output=outputs/again"]),
        configuration=_text(folder / "config.yaml"),
        traceback=_last_traceback(_text(folder / "cell.log")) if status in UNSUCCESSFUL else "",
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def _last_traceback(log: str) -> str:
    _, mark, rest = log.rpartition("Traceback (most recent call last):")
    return mark + rest if mark else ""
