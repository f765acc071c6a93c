"""The append-only logs of a cell: what it scored and how long it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runners.cells.files import write_atomically

FILES = ("metrics.jsonl", "timings.jsonl")


class Journal:
    """Scores and seconds by step, one JSON object a line.

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

    def contents(self) -> dict[str, str]:
        """The text of each file, for :meth:`restore`."""
        return {name: path.read_text() if path.exists() else "" for name, path in self.paths.items()}

    def restore(self, contents: Mapping[str, str]) -> None:
        """Puts back what :meth:`contents` read, whatever became of the files since; with nothing, empties them."""
        for name, path in self.paths.items():
            write_atomically(path, contents.get(name, ""))
