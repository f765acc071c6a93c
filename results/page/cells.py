"""What the page tells of each cell: how it ended, its configuration, and the command that runs it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pandas as pd

from results.reading.collect import LARGEST_CONFIG, Results
from results.reading.labels import Label
from runners.cells.files import read_file
from runners.cells.record import UNSUCCESSFUL

LARGEST_LOG = 4 * 10**6
"""Bytes of a log in which a traceback is looked for."""

LONGEST_TRACEBACK = 200
"""Lines."""


def cell_data(results: Results, label: Label) -> dict[str, Any]:
    """Every cell that has a folder, in the order of the data frame, as the page draws it when it is seen.

    ``cells`` has for each its name, status, reason, command, configuration and traceback; the last two as numbers of
    ``lines``, since those of ten thousand cells are much the same.
    """
    numbers: dict[str, int] = {}
    cells = [
        _cell(results.folder / str(cell["folder"]), cell, label, numbers)
        for cell in results.cells[results.cells["folder"].notna()].to_dict("records")
    ]
    return {"cells": cells, "lines": list(numbers)}


def _cell(folder: Path, cell: dict[Any, Any], label: Label, numbers: dict[str, int]) -> list[Any]:
    command = ["python", "-m", "runners.run", "--config-path", str(folder.resolve()), "--config-name", "config"]
    status, reason = str(cell["status"]), cell["reason"]
    log = _text(folder / "cell.log", LARGEST_LOG) if status in UNSUCCESSFUL else ""
    texts = (_text(folder / "config.yaml", LARGEST_CONFIG), _last_traceback(log))
    return [
        f"{label(str(cell['estimator']))}, {cell['task']}, {cell['data']}, seed {cell['seed']}",
        status,
        "" if pd.isna(reason) else str(reason),
        shlex.join([*command, "output=outputs/again"]),
        *([numbers.setdefault(line, len(numbers)) for line in text.splitlines()] for text in texts),
    ]


def _text(path: Path, at_most: int) -> str:
    try:
        return read_file(path, at_most).decode(errors="replace")
    except OSError:
        return ""


def _last_traceback(log: str) -> str:
    _, mark, rest = log.rpartition("Traceback (most recent call last):")
    return "\n".join((mark + rest).splitlines()[:LONGEST_TRACEBACK]) if mark else ""
