"""How a cell ended, for the log of its sweep and for the reader."""

from __future__ import annotations

import contextlib

from runners.cells.cell import Cell

LOG = "sweep.log"
"""File in the output folder to which every cell that ends adds a line, its status first."""

FINISHED_BEFORE = "(finished before)"


def announce(cell: Cell, note: str = "", *, status: str | None = None, reason: str | None = None) -> str:
    """Adds the cell's ending to the sweep's log; returns the line, whose last word is the cell's folder.

    Args:
        cell: whose record says how it ended, unless that is told.
        note: a further remark.
        status, reason: how it ended without leaving a record.
    """
    meta, names = cell.meta, cell.config.names
    scores = meta.get("scores") or {}
    words = [f"{status or meta.get('status', 'running'):8}"]
    words.append(f"{names.estimator} {names.task} {names.data} seed={cell.config.seed}")
    if scores and status is None:
        tested = [name for name in scores if f"valid_{name}" in scores]
        shown = tested or [name for name in scores if name.startswith("valid_") and not name.endswith("samples")]
        words.append("  ".join(f"{name} {scores[name]:.5g}" for name in shown))
    if reason or meta.get("reason"):
        words.append((reason or meta["reason"]).splitlines()[0])
    line = "  ".join([*words, *([note] if note else []), str(cell.folder)])
    with contextlib.suppress(OSError), (cell.folder.parent / LOG).open("a") as file:
        file.write(line + "\n")
    return line
