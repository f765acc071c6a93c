"""The page's data about each cell: status, score, configuration, and the command that runs it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from results.page.places import from_here, shortened
from results.reading.collect import LARGEST_CONFIG, Results
from results.reading.labels import Label
from runners.cells.files import read_file
from runners.cells.record import UNSUCCESSFUL

LARGEST_LOG = 4 * 10**6
"""Size limit of a log that is searched for a traceback, bytes."""

LONGEST_TRACEBACK = 200
"""Maximum number of lines of a traceback."""

SCORES = ("negative_bound", "valid_negative_bound", "negative_elbo", "valid_negative_elbo")
"""Scores in nats; the page shows the first one that any cell has."""

AGAIN = 'python -m runners.run --config-path "$PWD"/{} --config-name config output=outputs/again'
"""The command that runs a cell again, with ``{}`` for its folder."""

COLUMNS = ("estimator", "task", "data", "seed", "setting", "status", "score", "reason")
"""The columns of the table of cells."""


def cell_data(results: Results, label: Label) -> dict[str, Any]:
    """The cells with a folder, in the order of the data frame.

    Returns:
        ``columns``: :data:`COLUMNS`; ``score``: the name of the score; ``cells``: for each cell the values of these
        columns, its folder, its configuration and its traceback, the last two as :func:`runs` of indices into
        ``lines``, since the texts of many cells have most lines in common; ``again``: :data:`AGAIN`, split at the
        folder; ``from``: the working directory of this command.
    """
    indices: dict[str, int] = {}
    name, place = score_of(results.cells), from_here(results.folder)
    cells = [
        [*row_of(cell, label, name), shlex.quote(f"{place}/{cell['folder']}"), *_texts(results.folder, cell, indices)]
        for cell in results.cells[results.cells["folder"].notna()].to_dict("records")
    ]
    again, folder = AGAIN.split("{}"), str(place.parent)
    return {"columns": COLUMNS, "score": name, "cells": cells, "lines": list(indices), "again": again, "from": folder}


def score_of(cells: pd.DataFrame) -> str:
    """The score to show; empty if no cell has one."""
    return next((name for name in SCORES if name in cells and cells[name].notna().any()), "")


def row_of(cell: dict[Any, Any], label: Label, score: str) -> list[Any]:
    """The values of :data:`COLUMNS` for one cell."""
    seed, value = cell["seed"], cell.get(score)
    return [
        label(str(cell["estimator"])),
        str(cell["task"]),
        str(cell["data"]),
        None if pd.isna(seed) else int(seed),
        _text_of(cell.get("setting")),
        str(cell["status"]),
        None if value is None or pd.isna(value) else round(float(value), 3),
        shortened(_text_of(cell["reason"])),
    ]


def summarised(row: list[Any], score: str) -> str:
    """A cell in one sentence, such as ``"seed 1, lr=0.001: done, 100.20 nats"``."""
    _, _, _, seed, setting, status, value, reason = row
    unit = " nats on validation" if score.startswith("valid") else " nats"
    outcome = [status] + ([f"{value:,.2f}{unit}"] if value is not None else []) + ([reason] if reason else [])
    return f"seed {'?' if seed is None else seed}{f', {setting}' if setting else ''}: {', '.join(outcome)}"


def _text_of(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _texts(results: Path, cell: dict[Any, Any], indices: dict[str, int]) -> list[list[int]]:
    """Configuration and traceback as runs of indices of their lines; new lines are added to ``indices``."""
    folder = results / str(cell["folder"])
    log = _read(folder / "cell.log", LARGEST_LOG) if cell["status"] in UNSUCCESSFUL else ""
    texts = (_read(folder / "config.yaml", LARGEST_CONFIG), _last_traceback(log))
    lines = ([shortened(line) for line in text.splitlines()] for text in texts)
    return [runs([indices.setdefault(line, len(indices)) for line in each]) for each in lines]


def runs(numbers: Sequence[int]) -> list[int]:
    """The first and the last number of every run of consecutive numbers: ``[3, 4, 5, 9]`` as ``[3, 5, 9, 9]``."""
    found: list[int] = []
    for number in numbers:
        if found and number == found[-1] + 1:
            found[-1] = number
        else:
            found += [number, number]
    return found


def _read(path: Path, at_most: int) -> str:
    try:
        return read_file(path, at_most).decode(errors="replace")
    except OSError:
        return ""


def _last_traceback(log: str) -> str:
    _, mark, rest = log.rpartition("Traceback (most recent call last):")
    return "\n".join((mark + rest).splitlines()[:LONGEST_TRACEBACK]) if mark else ""
