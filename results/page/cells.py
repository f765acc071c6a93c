"""What the page tells of each cell: how it ended, its score, its configuration, and the command that runs it again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pandas as pd

from results.page.places import from_here, shortened
from results.reading.collect import LARGEST_CONFIG, Results
from results.reading.labels import Label
from runners.cells.files import read_file
from runners.cells.record import UNSUCCESSFUL

LARGEST_LOG = 4 * 10**6
"""Bytes of a log in which a traceback is looked for."""

LONGEST_TRACEBACK = 200
"""Lines."""

SCORES = ("negative_bound", "valid_negative_bound", "negative_elbo", "valid_negative_elbo")
"""The first that any cell has is shown: nats."""

AGAIN = 'python -m runners.run --config-path "$PWD"/{} --config-name config output=outputs/again'

COLUMNS = ("estimator", "task", "data", "seed", "setting", "status", "score", "reason")
"""Of a cell, in this order; then come its folder and its texts."""


def cell_data(results: Results, label: Label) -> dict[str, Any]:
    """Every cell that has a folder, in the order of the data frame, as the page draws it when it is seen.

    ``cells`` has for each the values of :data:`COLUMNS`, its command, configuration and traceback; the last two as
    numbers of ``lines``, since those of ten thousand cells are much the same. ``score`` names what the scores are.
    """
    numbers: dict[str, int] = {}
    name, place = score_of(results.cells), from_here(results.folder)
    cells = [
        [*told(cell, label, name), shlex.quote(f"{place}/{cell['folder']}"), *_texts(results.folder, cell, numbers)]
        for cell in results.cells[results.cells["folder"].notna()].to_dict("records")
    ]
    again, folder = AGAIN.split("{}"), str(place.parent)
    return {"columns": COLUMNS, "score": name, "cells": cells, "lines": list(numbers), "again": again, "from": folder}


def score_of(cells: pd.DataFrame) -> str:
    """The score that cells are told by; empty where none has one."""
    return next((name for name in SCORES if name in cells and cells[name].notna().any()), "")


def told(cell: dict[Any, Any], label: Label, score: str) -> list[Any]:
    """The values of :data:`COLUMNS`."""
    seed, value = cell["seed"], cell.get(score)
    return [
        label(str(cell["estimator"])),
        str(cell["task"]),
        str(cell["data"]),
        None if pd.isna(seed) else int(seed),
        _word(cell.get("setting")),
        str(cell["status"]),
        None if value is None or pd.isna(value) else round(float(value), 3),
        shortened(_word(cell["reason"])),
    ]


def in_a_sentence(values: list[Any], score: str) -> str:
    """``"seed 1, lr=0.001: done, 100.20 nats"``: what a mark that stands for a cell says."""
    _, _, _, seed, setting, status, value, reason = values
    unit = " nats on validation" if score.startswith("valid") else " nats"
    told = [status] + ([f"{value:,.2f}{unit}"] if value is not None else []) + ([reason] if reason else [])
    return f"seed {'?' if seed is None else seed}{f', {setting}' if setting else ''}: {', '.join(told)}"


def _word(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _texts(results: Path, cell: dict[Any, Any], numbers: dict[str, int]) -> list[list[int]]:
    folder = results / str(cell["folder"])
    log = _text(folder / "cell.log", LARGEST_LOG) if cell["status"] in UNSUCCESSFUL else ""
    texts = (_text(folder / "config.yaml", LARGEST_CONFIG), _last_traceback(log))
    return [[numbers.setdefault(shortened(line), len(numbers)) for line in text.splitlines()] for text in texts]


def _text(path: Path, at_most: int) -> str:
    try:
        return read_file(path, at_most).decode(errors="replace")
    except OSError:
        return ""


def _last_traceback(log: str) -> str:
    _, mark, rest = log.rpartition("Traceback (most recent call last):")
    return "\n".join((mark + rest).splitlines()[:LONGEST_TRACEBACK]) if mark else ""
