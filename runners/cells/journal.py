"""The journal of a cell: append-only files with scores and times by step."""

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
    """The beginning of a file is not what was written to it."""


class Mark(TypedDict):
    """The state of a file at some step: its size in bytes, and the SHA-256 digest of its content in hexadecimal."""

    size: int
    sha256: str


class Journal:
    """Scores and seconds by step, one JSON object per line.

    Seconds are in a separate file because they differ between two runs of the same cell, and scores do not.
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
        """Also writes all entries, earlier ones included, as TensorBoard events. Drops events after ``step``.

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
        """The state of each file, for :meth:`until`. Flushes the files to disk."""
        return {name: _mark(path) for name, path in self.paths.items()}

    def until(self, marks: Mapping[str, Mark | str]) -> dict[str, bytes]:
        """The content of each file at its mark. In checkpoints of version 0.1.0, a mark is that content itself.

        Raises:
            Altered: the beginning of a file does not match its mark.
        """
        return {name: _until(path, marks[name]) for name, path in self.paths.items()}

    def restore(self, contents: Mapping[str, bytes]) -> None:
        """Sets the files to contents returned by :meth:`until`, maybe of another journal; empty if not given."""
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
