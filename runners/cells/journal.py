"""The append-only logs of a cell: what it scored and how long it took."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from runners.cells.files import replacing

FILES = ("metrics.jsonl", "timings.jsonl")


class Altered(ValueError):  # noqa: N818 - a state of the file
    """A file does not begin with what had been written into it."""


class Mark(TypedDict):
    """How far a file had come: its size in bytes, and the SHA-256 of them in hexadecimal."""

    size: int
    sha256: str


class Journal:
    """Scores and seconds by step, one JSON object per line.

    Seconds have a file of their own because they differ between two runs of the same cell, and scores do not.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = {name: folder / name for name in FILES}
        self.events: Any = None

    def write(self, step: int, scores: Mapping[str, float], seconds: float) -> None:
        for path, entries in zip(self.paths.values(), (scores, {"seconds": round(seconds, 3)}), strict=True):
            with path.open("a") as file:
                file.write(json.dumps({"step": step, **entries}) + "\n")
        if self.events is not None:
            self._add_events(step, scores)

    def _add_events(self, step: int, scores: Mapping[str, float]) -> None:
        for name, score in scores.items():
            self.events.add_scalar(name, score, step)
        self.events.flush()

    def also_for_tensorboard(self, step: int) -> None:
        """From here on entries are TensorBoard events too, and those that there are; events after ``step`` are dropped.

        Raises:
            ImportError: TensorBoard is not installed.
        """
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise ImportError(
                "runner.tensorboard=true needs the package tensorboard: pip install tensorboard"
            ) from None
        folder = self.folder / "tensorboard"
        before = [] if folder.exists() else self.paths["metrics.jsonl"].read_text().splitlines()
        self.events = SummaryWriter(folder, purge_step=step + 1)
        for entry in map(json.loads, before):
            self._add_events(entry.pop("step"), entry)

    def marks(self) -> dict[str, Mark]:
        """How far each file has come, for :meth:`until`; what it holds is on the disk from now on."""
        return {name: _mark(path) for name, path in self.paths.items()}

    def until(self, marks: Mapping[str, Mark | str]) -> dict[str, bytes]:
        """What each file held at its mark. In checkpoints of version 0.1.0 a mark is that text itself.

        Raises:
            Altered: a file does not hold it any more.
        """
        return {name: _until(path, marks[name]) for name, path in self.paths.items()}

    def restore(self, contents: Mapping[str, bytes]) -> None:
        """Cuts the files back to what :meth:`until` gave, maybe of another journal; with nothing, empties them."""
        for name, path in self.paths.items():
            with replacing(path) as new:
                new.write_bytes(contents.get(name, b""))


def _mark(path: Path) -> Mark:
    if not path.exists():
        return {"size": 0, "sha256": hashlib.sha256().hexdigest()}
    with path.open("rb+") as file:
        content = file.read()
        os.fsync(file.fileno())
    return {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _until(path: Path, mark: Mark | str) -> bytes:
    if isinstance(mark, str):
        return mark.encode()
    content = path.read_bytes()[: mark["size"]] if path.exists() else b""
    if hashlib.sha256(content).hexdigest() != mark["sha256"]:
        raise Altered(f"{path.name} is not as the cell wrote it")
    return content
