"""How a cell ended, for the log of its sweep and for the reader."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from typing import Literal, Self

from runners.cells.cell import Cell
from runners.cells.record import Status

LOG = "sweep.log"
"""File in the output folder to which every cell that ends adds a line: an :class:`Ending`, as JSON."""


@dataclass(frozen=True)
class Ending:
    """What became of a cell in a sweep.

    Attributes:
        status: of its record.
        parts: the names of its estimator, task and data, and its seed.
        scores: those that are shown, nats or shares, by name.
        reason: the first line of it; None for a cell that is done.
        note: why the cell was not run this time.
        folder: of the cell.
    """

    status: Status
    parts: str
    scores: dict[str, float]
    reason: str | None
    note: Literal["finished before", "in another process"] | None
    folder: str

    def __str__(self) -> str:
        """A line for the reader, its status first."""
        words = [f"{self.status:8}", self.parts]
        words += ["  ".join(f"{name} {score:.5g}" for name, score in self.scores.items())] if self.scores else []
        words += [self.reason] if self.reason else []
        words += [f"({self.note})"] if self.note else []
        return "  ".join([*words, self.folder])

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        return cls(**json.loads(line))


def announce(
    cell: Cell,
    note: Literal["finished before", "in another process"] | None = None,
    *,
    status: Status | None = None,
    reason: str | None = None,
) -> Ending:
    """Adds the cell's ending to the sweep's log.

    Args:
        cell: whose record says how it ended, unless that is given.
        note: why it was not run.
        status, reason: how it ended without leaving a record.
    """
    meta, names = cell.meta, cell.config.names
    why = reason or meta.get("reason")
    ending = Ending(
        status=status or meta.get("status", "running"),
        parts=f"{names.estimator} {names.task} {names.data} seed={cell.config.seed}",
        scores=_shown(meta.get("scores") or {}) if status is None else {},
        reason=why.splitlines()[0] if why else None,
        note=note,
        folder=str(cell.folder),
    )
    with contextlib.suppress(OSError), (cell.folder.parent / LOG).open("a") as file:
        file.write(ending.to_json() + "\n")
    return ending


def _shown(scores: dict[str, float]) -> dict[str, float]:
    """Scores on the test set, or those on the validation set of a cell that is not tested."""
    tested = [name for name in scores if f"valid_{name}" in scores]
    shown = tested or [name for name in scores if name.startswith("valid_") and not name.endswith("samples")]
    return {name: scores[name] for name in shown}
