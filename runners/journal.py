"""The append-only logs of a cell: what it scored and how long it took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

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

    def sizes(self) -> dict[str, int]:
        """Bytes in each file, for :meth:`cut`."""
        return {name: path.stat().st_size if path.exists() else 0 for name, path in self.paths.items()}

    def cut(self, sizes: Mapping[str, int]) -> None:
        """Drops what was written after :meth:`sizes` was read; with no sizes, everything."""
        for name, path in self.paths.items():
            path.touch()
            with path.open("r+b") as file:
                file.truncate(sizes.get(name, 0))
