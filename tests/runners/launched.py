"""The command line as users start it, in an interpreter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from runners.cells.record import Record, read_record

SMALL = [
    "data._target_=tests.conftest.stripes",
    "runner.steps=10",
    "runner.evaluate_every=10",
    "runner.batch_size=20",
    "runner.bound_samples=2",
]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "runners.run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, check=False)


def metas(folder: Path) -> dict[str, Record]:
    """The records of the cells in an output folder, by the cells' own folders."""
    return {path.parent.name: read_record(path.parent) for path in folder.glob("*/meta.json")}
