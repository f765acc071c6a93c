"""The record of a cell, and checks of records that other people may have written."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from runners.cells.files import read_json
from runners.config import PARTS
from runners.config.kinds import Name, misfits

Status = Literal["done", "diverged", "failed", "crashed", "timeout", "skipped", "interrupted", "running"]

SUCCESSFUL = ("done", "diverged", "skipped")
"""Statuses of cells that ended as they should: running them again would give the same."""

UNSUCCESSFUL = ("failed", "crashed", "timeout")
"""Statuses of cells that ended without the scores that they should have."""


class Draws(TypedDict):
    """What determines a cell's random draws besides its identity, see :data:`runners.cells.keys.OTHER_DRAWS`."""

    device: str
    threads: int
    replicas: int
    cuda_graph: bool
    compile: NotRequired[bool]


class Origin(TypedDict):
    """The shorter run from which a cell resumed: its id, its step, and the duration of its training in seconds."""

    cell: str
    step: int
    training_seconds: float


class Record(TypedDict):
    """The content of ``meta.json``. Empty before the cell has started; results are added as they are computed."""

    # identity
    cell: str
    names: dict[str, Name]
    label: Name | None
    short_label: Name | None
    objective: Name | None
    class_versions: dict[str, int | None]
    defaults: list[str]
    lineage: str
    seed: int
    overrides: list[str]
    # execution
    status: Status
    reason: str | None
    started: str
    finished: str | None
    process: int
    deaths: int
    checkpoint: int | None
    draws: list[Draws]
    extended_from: Origin | None
    # environment
    versions: dict[str, str]
    commit: str | None
    machine: dict[str, str]
    threads: int
    # results
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
    """The accuracy of single estimates of a gradient, relative to the exact gradient.

    Attributes:
        bias: norm of the mean error over the norm of the exact gradient, with its 95 % interval ``bias_low,
            bias_high``.
        variance: trace of the covariance over the squared norm of the exact gradient.
        mse: mean squared error over the squared norm of the exact gradient: squared bias + variance.
        cosine: mean cosine similarity of a single estimate with the exact gradient.
        wrong_way: share of single estimates whose inner product with the exact gradient is negative, so that a step
            along them leads uphill, however short. Missing in earlier records.
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
    """A line of ``probe.jsonl``: an estimator's accuracy and cost after ``stage`` steps of training, for the gradient
    of the logits or of the encoder, at one temperature if the estimator has a schedule of temperatures."""

    stage: int
    temperature: float | None
    target: str
    draws: int
    cost_evaluations: int
    same_as: NotRequired[str | None]
    microseconds: float


class Cost(TypedDict):
    """The cost of a training step: the numbers if it was ``measured``, else the reason."""

    outcome: Literal["measured", "out of memory", "too slow", "does not apply", "not tried"]
    reason: NotRequired[str | None]
    milliseconds: NotRequired[float]
    peak_mb: NotRequired[float]
    steps: NotRequired[int]


class ScalingLine(Cost):
    """A line of ``scaling.jsonl``: the cost of a step at one value of the key of the configuration that grows."""

    along: str
    value: int


DIGESTED = ("config.yaml", "metrics.jsonl")
"""Files whose digests are in the record of a cell that has ended."""

REQUIRED = ("cell", "names", "seed", "status")
"""Entries that every record must have."""

LARGEST_RECORD = 4 * 10**6
"""Limit on the size of a record, bytes."""


class Unreadable(ValueError):  # noqa: N818 - what the record is
    """A record is not one that this package writes."""


def load_record(folder: Path) -> Record:
    """The record of the cell in a folder, which other people may have written. Every entry is checked.

    Raises:
        FileNotFoundError: there is none.
        Unreadable: it does not match :class:`Record`; the message says where.
    """
    try:
        record = read_json(folder / "meta.json", LARGEST_RECORD)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    except ValueError:
        raise Unreadable("not valid JSON") from None
    if not isinstance(record, dict):
        raise Unreadable("not a JSON object")
    require_sound(record)
    return cast("Record", record)


def require_sound(record: Mapping[str, Any]) -> None:
    """
    Raises:
        Unreadable: a required entry is missing, or an entry does not match :class:`Record`; the message names it.
    """
    missing = [key for key in REQUIRED if key not in record]
    if missing:
        raise Unreadable(f"{missing[0]} is missing")
    finite = {"scores": _finite(record["scores"])} if "scores" in record else {}
    wrong = misfits({**record, **finite}, Record)
    wrong += [] if "names" in wrong or all(part in record["names"] for part in PARTS) else ["names"]
    if wrong:
        raise Unreadable(f"{wrong[0]} has an invalid value")


def _finite(scores: Any) -> Any:
    """The scores that are finite numbers; others may be recorded too."""
    if not isinstance(scores, dict):
        return scores
    return {name: score for name, score in scores.items() if not isinstance(score, float) or isfinite(score)}


def read_record(folder: Path) -> Record:
    """The record of the cell in a folder; empty if it cannot be read."""
    try:
        return load_record(folder)
    except (OSError, Unreadable):
        return cast("Record", {})
