"""The runner that measures the cost of a training step as a number in the configuration grows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from runners.cells.cell import Cell
from runners.cells.files import read_file, write_atomically
from runners.cells.progress import log, step_bar
from runners.cells.record import Cost
from runners.config.kinds import Count, Positive
from runners.measuring.step_cost import step_cost

FILE = "scaling.jsonl"
"""File in the cell's folder: one :class:`runners.cells.record.ScalingLine` per value."""

BEYOND = ("out of memory", "too slow")
"""Outcomes after which larger values are not tried."""


def scaling(
    cell: Cell,
    *,
    along: str,
    values: Sequence[int],
    batch_size: Count,
    seconds: Positive,
    limit_gb: Positive,
    limit_seconds: Positive,
) -> dict[str, Any]:
    """Measures the cell's training step for every value of a key of its configuration.

    Measurements from before an interruption are kept.

    Args:
        along: the key, such as ``task.latent.k``, ``runner.batch_size`` or ``estimator.samples``.
        values: values of the key, ascending.
        batch_size: examples per step.
        seconds: time spent on the timed steps of each value.
        limit_gb: limit on the memory of data, model and steps for a value, 10^9 bytes.
        limit_seconds: limit on the total time for a value.
    """
    if not values or list(values) != sorted(set(values)):
        raise ValueError(f"runner.values={list(values)}: list at least one, in ascending order, each once")
    limits = {"seconds": seconds, "limit_gb": limit_gb, "limit_seconds": limit_seconds}
    path = cell.folder / FILE
    lines = _measured_before(path, cell.id, values)
    with step_bar(len(values), start=len(lines)) as bar:
        for value in values[len(lines) :]:
            config = changed(cell.config, along, value)
            size = value if along == "runner.batch_size" else batch_size
            cost = _beyond(lines) or step_cost(config, batch_size=size, **limits)
            lines.append({"cell": cell.id, "along": along, "value": value, **cost})
            write_atomically(path, "".join(json.dumps(line) + "\n" for line in lines))
            log.info("%s=%s  %s", along, value, "  ".join(map(str, cost.values())))
            bar.update()
    return {"measured": sum(line["outcome"] == "measured" for line in lines)}


def _measured_before(path: Path, cell: str, values: Sequence[int]) -> list[dict[str, Any]]:
    """The lines of the first values, as far as processes before this one have come with them in this very cell."""
    try:
        lines: list[Any] = [json.loads(line) for line in read_file(path).splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, RecursionError):
        lines = [None]
    pairs = takewhile(lambda pair: _is_of(pair[0], cell, pair[1]), zip(lines, values, strict=False))
    known = [line for line, _ in pairs]
    if len(known) < len(lines):
        log.warning("%s: line %d is none of this cell; it is measured again from there on", path, len(known) + 1)
    return known


def _is_of(line: Any, cell: str, value: int) -> bool:
    return isinstance(line, dict) and (line.get("cell"), line.get("value")) == (cell, value) and "outcome" in line


def _beyond(lines: Sequence[dict[str, Any]]) -> Cost | None:
    last = next((line for line in reversed(lines) if line["outcome"] in BEYOND), None)
    return {"outcome": "not tried", "reason": f"{last['outcome']} at {last['value']}"} if last else None


def changed(config: DictConfig, key: str, value: int) -> DictConfig:
    """A copy with another value of an existing integer key, and of all values that refer to it."""
    before = OmegaConf.select(config, key)
    if not isinstance(before, int):
        problem = "the configuration has no such key" if before is None else "this is not an integer"
        raise ValueError(f"runner.along={key}: {problem}; choose one of the keys that --cfg job shows")
    copy = OmegaConf.create(OmegaConf.to_yaml(config))
    assert isinstance(copy, DictConfig)
    OmegaConf.update(copy, key, value)
    return copy
