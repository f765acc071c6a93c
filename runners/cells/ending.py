"""How a cell ended, for the log of its sweep and for the reader."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Literal, Self, cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runners.cells.cell import Cell
from runners.cells.record import SUCCESSFUL, Record, Status
from runners.cells.terminal import printable
from runners.config import PARTS
from runners.config.kinds import misfits

LOG = "sweep.log"
"""File in the output folder with a line for every cell that ended: an :class:`Ending`, as JSON."""


@dataclass(frozen=True)
class Ending:
    """The outcome of a cell in a sweep.

    Attributes:
        status: the status in its record.
        parts: the names of its estimator, task and data, and its seed.
        scores: the main scores by name, in nats, or as shares for accuracies.
        reason: the first line of the reason; None for a cell that is done.
        note: why the cell was not run this time.
        folder: the cell's folder, or the output folder if it has none because of a mistake.
        overrides: the overrides with which the cell was requested.
    """

    status: Status
    parts: str
    scores: dict[str, float]
    reason: str | None
    note: Literal["finished before", "in another process"] | None
    folder: str
    overrides: list[str]

    @property
    def is_success(self) -> bool:
        """Whether the cell ended successfully, or another process is running it."""
        return self.status in SUCCESSFUL or self.note == "in another process"

    def __str__(self) -> str:
        """A line for the user, which begins with the status."""
        words = [f"{self.status:8}", self.parts]
        words += ["  ".join(f"{name} {score:.5g}" for name, score in self.scores.items())] if self.scores else []
        words += [self.reason] if self.reason else []
        words += [f"({self.note})"] if self.note else []
        return printable("  ".join([*words, self.folder]))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """
        Raises:
            ValueError: the line was not written by :meth:`to_json`.
        """
        try:
            entries = json.loads(line)
            ending = cls(**entries)
        except (TypeError, RecursionError) as error:
            raise ValueError(f"not an ending: {line[:100]}") from error
        words = ending.overrides if isinstance(ending.overrides, list) else [None]
        texts = (ending.parts, ending.folder, ending.reason or "", *words)  # paths need not be valid Unicode
        others = {name: entries[name] for name in ("status", "scores", "note")}
        if misfits(others, cls) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"not an ending: {line[:100]}")
        return ending


def announce(
    cell: Cell,
    note: Literal["finished before", "in another process"] | None = None,
    *,
    status: Status | None = None,
    reason: str | None = None,
) -> Ending:
    """Adds the cell's ending to the sweep's log.

    Args:
        cell: the cell that ended.
        note: why it was not run.
        status, reason: how it ended, if it left no record.
    """
    meta = cell.meta if status is None else cast("Record", {})
    why = reason or meta.get("reason")
    names = [_plain(cell.config, f"names.{part}") for part in PARTS]
    ending = Ending(
        status=status or meta.get("status", "running"),
        parts=" ".join([*names, f"seed={_plain(cell.config, 'seed')}"]),
        scores=_shown(meta.get("scores") or {}),
        reason=why.splitlines()[0] if why else None,
        note=note,
        folder=str(cell.folder if status is None else cell.output),
        overrides=list(cell.overrides),
    )
    with contextlib.suppress(OSError, ValueError), (cell.output / LOG).open("a") as file:
        file.write(ending.to_json() + "\n")
    return ending


def _plain(config: DictConfig, key: str) -> str:
    """The value of a key of an unchecked configuration; a question mark if there is none."""
    try:
        return str(OmegaConf.select(config, key, default="?"))
    except OmegaConfBaseException:
        return "?"


def _shown(scores: dict[str, float]) -> dict[str, float]:
    """The scores on the test set, or on the validation set if there are none."""
    tested = [name for name in scores if f"valid_{name}" in scores]
    shown = tested or [name for name in scores if name.startswith("valid_") and not name.endswith("samples")]
    return {name: scores[name] for name in shown if isfinite(scores[name])}
