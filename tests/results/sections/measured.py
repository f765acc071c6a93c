"""Finished cells of the runners that measure, with chosen lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def cell(folder: Path, estimator: str, runner: str, **files: list[dict[str, Any]]) -> None:
    """A finished cell of ``runner`` with these ``.jsonl`` files."""
    path = folder / estimator
    path.mkdir()
    names = {"estimator": estimator, "task": "bits", "data": "digits"}
    meta = {"cell": estimator, "names": names, "seed": 0, "overrides": [], "status": "done", "reason": None, "step": 0}
    (path / "meta.json").write_text(json.dumps(meta))
    (path / "config.yaml").write_text(f"runner:\n  _target_: {runner}\nseed: 0\n")
    for name, lines in files.items():
        (path / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
