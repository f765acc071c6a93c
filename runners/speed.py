"""The runner that times a training step, and compares it with its matrix products and with other programs."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from omegaconf import DictConfig

from estimators import NotApplicable
from runners.cells.cell import Cell
from runners.cells.files import write_atomically
from runners.cells.interruption import undisturbed
from runners.cells.memory import OutOfMemory, at_most
from runners.cells.progress import log, step_bar
from runners.config.kinds import Count, Positive
from runners.measuring.contenders import WARM_UP, Timed, bounds_of, steps_of, steps_of_peers
from runners.measuring.side_by_side import throughput
from runners.measuring.timing import TimedStep, begun, clock_of, load_libraries, seconds_each
from runners.steps.training import Training

FILE = "speed.json"
"""File in the cell's folder: seconds of every repetition, by name."""

PHASES = ("data", "forward", "backward", "optimizer", "harness")
"""The phases of a training step; the last one is the rest of the time."""

NO_PEERS = ("step", "compiled", "graph", "alone", "together", "bound", "bound_floor", *PHASES)
"""Names of the times that a step is not compared with."""


def speed(
    cell: Cell,
    *,
    batch_size: Count,
    steps: Count,
    seconds: Positive,
    repetitions: Count,
    bound_images: Count,
    bound_samples: Count,
    limit_gb: Positive = 8.0,
    workers: Count = 1,
    reference: Any = None,
    compiled: bool = False,
    peers: Mapping[str, DictConfig | None] | None = None,
) -> dict[str, Any]:
    """Times the cell's training step, its matrix products, and the programs that it is compared with, in turn.

    Every repetition times a few steps of each, one after the other, so that a disturbance of the machine affects all of
    them; ratios are medians over repetitions.

    Args:
        batch_size: examples per step.
        steps: steps per repetition and program, at most.
        seconds: limit on their time; a slow method makes fewer steps, at least one.
        repetitions: number of repetitions.
        bound_images: number of test examples for the timed bound.
        bound_samples: its samples m per example.
        limit_gb: limit on the memory of data, models and a step on the CPU, 10^9 bytes.
        workers: number of processes that make steps at the same time, compared with one alone; 1 to leave this out.
        reference: configuration of an estimator whose step is timed too.
        compiled: whether to time the step as one compiled function too.
        peers: other programs by name: configurations of functions that take training images and the batch size, and
            return a function that makes a training step; None to leave one out. A program whose packages are missing is
            left out too.

    Returns:
        Entries of the cell's record: medians in milliseconds, ratios, memory.

    Raises:
        NotApplicable: a step needs more memory than ``limit_gb``.
    """
    device: str = cell.config.device
    if workers > 1 and device != "cpu":
        raise ValueError(f"runner.workers={workers}: processes in parallel are timed on the CPU only; choose 1")
    load_libraries(cell.config)
    try:
        with at_most(limit_gb):
            training, peak = begun(cell.config, batch_size, WARM_UP)
            timed = steps_of(training, cell, batch_size, reference, compiled) | bounds_of(
                training, bound_images, bound_samples
            )
            timed |= steps_of_peers(training, batch_size, peers or {})
    except OutOfMemory as reason:
        raise NotApplicable(f"a step needs {reason} (runner.limit_gb)") from None
    times = in_turns(training, timed, steps, seconds, repetitions, workers)
    write_atomically(cell.folder / FILE, json.dumps(times) + "\n")
    entries = summary(times) | {"step_memory_mb": round(peak, 1)}
    log.info("  ".join(f"{name} {value:.4g}" for name, value in entries.items()))
    speeds = {"steps_per_second": entries.pop("steps_per_second"), "cost_evaluations": training.update.cost_evaluations}
    return speeds | {"scores": entries}


def in_turns(
    training: Training, timed: Mapping[str, Timed], steps: int, seconds: float, repetitions: int, workers: int
) -> dict[str, list[float]]:
    """Seconds of everything in ``timed`` and of the phases of a step, one number per repetition."""
    device = training.device
    steps = max(1, min(steps, int(seconds / seconds_each(training.advance, 1, device))))
    times: dict[str, list[float]] = defaultdict(list)
    with step_bar(repetitions, start=0) as bar:
        for _ in range(repetitions):
            for name, (run, count) in timed.items():
                times[name].append(seconds_each(run, steps if count is None else count, device))
            for phase, spent in phases(training, steps).items():
                times[phase].append(spent)
            if workers > 1:
                alone, together = (throughput(training.advance, 4 * steps, number) for number in (1, workers))
                times["alone"].append(1 / alone)
                times["together"].append(1 / together)
            bar.update()
    return times


def phases(training: Training, steps: int) -> dict[str, float]:
    """Mean seconds of each phase of a step, over some steps as in ``Training.run``."""
    now = clock_of(training.device)
    usual, timed = training.make_step, TimedStep(training.update, now)
    training.make_step = timed
    drawing = whole = 0.0
    for _ in range(steps):
        began = now()
        with undisturbed():
            batch = next(training.batches)
            drawn = now()
            training.add_step(training.learn_from(batch), seconds=0.0)
        drawing += drawn - began
        whole += now() - began
    training.make_step = usual
    spent = {"data": drawing, **timed.spent}
    return {phase: seconds / steps for phase, seconds in {**spent, "harness": whole - sum(spent.values())}.items()}


def summary(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    """Milliseconds, and ratios of times within a repetition; medians over the repetitions."""
    medians = {f"{name}_ms": 1e3 * statistics.median(times) for name, times in seconds.items()}
    phased = list(zip(*(seconds[phase] for phase in PHASES), strict=True))
    peers = {name: times for name, times in seconds.items() if name not in NO_PEERS}
    ratios = {f"step_by_{name}": _ratio(seconds["step"], times) for name, times in peers.items()}
    compiled = seconds.get("compiled")
    others = {"step": seconds["step"], **peers}
    ratios |= {f"compiled_by_{name}": _ratio(compiled, times) for name, times in others.items() if name != "reference"}
    ratios["graph_by_floor"] = _ratio(seconds.get("graph"), seconds["floor"])
    ratios["speed_up_side_by_side"] = _ratio(seconds.get("alone"), seconds.get("together"))
    ratios["bound_by_floor"] = _ratio(seconds["bound"], seconds["bound_floor"])
    harness = statistics.median((data + harness) / sum((data, *rest, harness)) for data, *rest, harness in phased)
    entries = medians | ratios | {"harness_share": harness, "steps_per_second": 1e3 / medians["step_ms"]}
    return {name: round(value, 5) for name, value in entries.items() if value is not None}


def _ratio(times: list[float] | None, others: list[float] | None) -> float | None:
    if not times or not others:
        return None
    return statistics.median(time / other for time, other in zip(times, others, strict=True))
