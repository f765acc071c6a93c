"""How a cell ended, for the log of its sweep and for the reader."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, dataclass
from typing import Literal, Self, cast, get_args

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from runners.cells.cell import Cell
from runners.cells.record import SUCCESSFUL, Record, Status
from runners.cells.terminal import printable

LOG = "sweep.log"
"""File in the output folder to which every cell that ends adds a line: an :class:`Ending`, as JSON."""

PARTS = ("estimator", "task", "data")


@dataclass(frozen=True)
class Ending:
    """What became of a cell in a sweep.

    Attributes:
        status: of its record.
        parts: the names of its estimator, task and data, and its seed.
        scores: those that are shown, nats or shares, by name.
        reason: the first line of it; None for a cell that is done.
        note: why the cell was not run this time.
        folder: of the cell, or the output folder where a mistake keeps it from having one.
        overrides: that it was asked for with.
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
        """Whether the cell has come to what it can come to, or another process is at it."""
        return self.status in SUCCESSFUL or self.note == "in another process"

    def __str__(self) -> str:
        """A line for the reader, its status first."""
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
            ValueError: the line is none that :meth:`to_json` has written.
        """
        try:
            ending = cls(**json.loads(line))
        except (TypeError, RecursionError) as error:
            raise ValueError(f"no ending: {line[:100]}") from error
        if not isinstance(ending.overrides, list) or ending.status not in get_args(Status):
            raise ValueError(f"no ending: {line[:100]}")
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
        cell: whose record says how it ended, unless that is given.
        note: why it was not run.
        status, reason: how it ended without leaving a record.
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
    with contextlib.suppress(OSError), (cell.output / LOG).open("a") as file:
        file.write(ending.to_json() + "\n")
    return ending


def _plain(config: DictConfig, key: str) -> str:
    """The value of a key of a configuration in which there may be anything; a question mark for none."""
    try:
        return str(OmegaConf.select(config, key, default="?"))
    except OmegaConfBaseException:
        return "?"


def _shown(scores: dict[str, float]) -> dict[str, float]:
    """Scores on the test set, or those on the validation set of a cell that is not tested."""
    tested = [name for name in scores if f"valid_{name}" in scores]
    shown = tested or [name for name in scores if name.startswith("valid_") and not name.endswith("samples")]
    return {name: scores[name] for name in shown}
