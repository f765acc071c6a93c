"""What is recorded of a cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

Status = Literal["done", "diverged", "failed", "crashed", "timeout", "skipped", "interrupted", "running"]

UNSUCCESSFUL = ("failed", "crashed", "timeout")
"""How a cell ends that should have had scores."""


class Draws(TypedDict):
    """With what a cell's numbers were drawn, see :data:`runners.cells.keys.OTHER_DRAWS`."""

    device: str
    threads: int
    replicas: int
    cuda_graph: bool


class Origin(TypedDict):
    """The shorter run that a cell began with: its id, its step, and the seconds that it was trained."""

    cell: str
    step: int
    training_seconds: float


class Record(TypedDict):
    """``meta.json``. Empty before the cell has started; what it comes to, it has once it has come to that."""

    # what it is
    cell: str
    names: dict[str, str]
    label: str | None
    short_label: str | None
    objective: str | None
    class_versions: dict[str, Any]
    lineage: str
    seed: int
    overrides: list[str]
    # how it ran
    status: Status
    reason: str | None
    started: str
    finished: str | None
    process: int
    deaths: int
    checkpoint: int | None
    draws: list[Draws]
    extended_from: Origin | None
    # on what
    versions: dict[str, str]
    commit: str | None
    machine: dict[str, str]
    threads: int
    # what came out
    step: int
    scores: dict[str, float]
    same_as: str | None
    batches_left_out: int
    cost_evaluations: int
    steps_per_second: float
    training_seconds: float
    peak_memory_mb: float
    measured: int
    digests: dict[str, str]


def read_record(folder: Path) -> Record:
    """The record of the cell in a folder; empty when there is none that can be read."""
    try:
        record = json.loads((folder / "meta.json").read_text())
    except (OSError, ValueError):
        record = {}
    return cast("Record", record if isinstance(record, dict) else {})
