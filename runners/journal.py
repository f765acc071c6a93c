"""The append-only logs of a cell: what it scored and how long it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from runners.files import write_atomically

FILES = ("metrics.jsonl", "timings.jsonl")


class Journal:
    """Scores and seconds by step, one JSON object a line.

    Seconds have a file of their own because they differ between two runs of the same cell, and scores do not.
    """

    def __init__(self, folder: Path) -> None:
        self.paths = {name: folder / name for name in FILES}

    def write(self, step: int, scores: Mapping[str, float], seconds: float) -> None:
        for path, entries in zip(self.paths.values(), (scores, {"seconds": round(seconds, 3)}), strict=True):
            with path.open("a") as file:
                file.write(json.dumps({"step": step, **entries}) + "\n")

    def contents(self) -> dict[str, str]:
        """The text of each file, for :meth:`restore`."""
        return {name: path.read_text() if path.exists() else "" for name, path in self.paths.items()}

    def restore(self, contents: Mapping[str, str]) -> None:
        """Puts back what :meth:`contents` read, whatever became of the files since; with nothing, empties them."""
        for name, path in self.paths.items():
            write_atomically(path, contents.get(name, ""))
