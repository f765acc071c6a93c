"""The command line as users start it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from runners.cells.record import Record, read_record
from tests.runners.forked import command

SMALL = [
    "data._target_=tests.conftest.stripes",
    "runner.steps=10",
    "runner.evaluate_every=10",
    "runner.batch_size=20",
    "runner.bound_samples=2",
]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """In a fork; in a new interpreter where a launcher starts workers, which a fork would wait for."""
    if any(word.startswith("hydra/launcher=") and not word.endswith("=basic") for word in arguments):
        words = [sys.executable, "-m", "runners.run", *arguments]
        return subprocess.run(words, capture_output=True, text=True, env=os.environ | environment, check=False)
    with tempfile.TemporaryDirectory() as folder:
        return command(*arguments, folder=Path(folder), environment=environment)


def metas(folder: Path) -> dict[str, Record]:
    """The records of the cells in an output folder, by the cells' own folders."""
    return {path.parent.name: read_record(path.parent) for path in folder.glob("*/meta.json")}
