"""What is recorded of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from runners.cells.files import read_json
from runners.config.kinds import misfits

Status = Literal["done", "diverged", "failed", "crashed", "timeout", "skipped", "interrupted", "running"]

SUCCESSFUL = ("done", "diverged", "skipped")
"""How a cell ends that has come to what it can come to."""

UNSUCCESSFUL = ("failed", "crashed", "timeout")
"""How a cell ends that should have had scores."""


class Draws(TypedDict):
    """With what a cell's numbers were drawn, see :data:`runners.cells.keys.OTHER_DRAWS`."""

    device: str
    threads: int
    replicas: int
    cuda_graph: bool
    compile: NotRequired[bool]


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
    class_versions: dict[str, int | None]
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
    compile_seconds: float
    peak_memory_mb: float
    measured: int
    digests: dict[str, str]


class Accuracy(TypedDict):
    """How close single estimates of a gradient come to the exact one; all but ``cosine`` are relative to its size.

    Attributes:
        bias: norm of the mean error over the norm of the exact gradient, with its 95 % interval ``bias_low,
            bias_high``.
        variance: trace of the covariance over the squared norm of the exact gradient.
        mse: mean squared error over the same: squared bias + variance.
        cosine: mean cosine similarity of a single estimate with the exact gradient.
        wrong_way: share of single estimates whose inner product with the exact gradient is negative: a step along such
            a one, however short, leads uphill. Earlier cells have none.
        exact_norm: norm of the exact gradient.
    """

    bias: float
    bias_low: float
    bias_high: float
    variance: float
    mse: float
    cosine: float
    wrong_way: NotRequired[float]
    exact_norm: float


class ProbeLine(Accuracy):
    """A line of ``probe.jsonl``: an estimator's accuracy and cost after ``stage`` steps of training, at a temperature
    where it has a schedule of them, for the gradient of the logits or of the encoder."""

    stage: int
    temperature: float | None
    target: str
    draws: int
    cost_evaluations: int
    same_as: NotRequired[str | None]
    microseconds: float


DIGESTED = ("config.yaml", "metrics.jsonl")
"""Files of an ended cell that its record has digests of."""

NEEDED = ("cell", "names", "seed", "status")
"""Entries that every record needs."""

PARTS = ("estimator", "task", "data")

LARGEST_RECORD = 4 * 10**6
"""Bytes."""


class Unreadable(ValueError):  # noqa: N818 - what the record is
    """There is a record, and it is none that this package writes."""


def load_record(folder: Path) -> Record:
    """The record of the cell in a folder, with every entry checked: it need not be one of ours.

    Raises:
        FileNotFoundError: there is none.
        Unreadable: it is not what :class:`Record` says; the message names what is wrong.
    """
    try:
        record = read_json(folder / "meta.json", LARGEST_RECORD)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except ValueError:
        raise Unreadable("no JSON") from None
    if not isinstance(record, dict):
        raise Unreadable("no JSON object")
    require_sound(record)
    return cast("Record", record)


def require_sound(record: Mapping[str, Any]) -> None:
    """
    Raises:
        Unreadable: an entry is missing that is needed, or is not what :class:`Record` says; the first is named.
    """
    missing = [key for key in NEEDED if key not in record]
    if missing:
        raise Unreadable(f"{missing[0]} is missing")
    finite = {"scores": _finite(record["scores"])} if "scores" in record else {}
    wrong = misfits({**record, **finite}, Record)
    wrong += [] if "names" in wrong or all(part in record["names"] for part in PARTS) else ["names"]
    if wrong:
        raise Unreadable(f"{wrong[0]} is not what it should be")


def _finite(scores: Any) -> Any:
    """Without those that are not: these are recorded too."""
    if not isinstance(scores, dict):
        return scores
    return {name: score for name, score in scores.items() if not isinstance(score, float) or isfinite(score)}


def read_record(folder: Path) -> Record:
    """The record of the cell in a folder; empty when there is none that can be read."""
    try:
        return load_record(folder)
    except (OSError, Unreadable):
        return cast("Record", {})
