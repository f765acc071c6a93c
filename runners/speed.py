"""What a training step costs, and what it must cost at least."""

from __future__ import annotations

import json
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from estimators import NotApplicable, build
from runners.cells.cell import Cell
from runners.cells.files import write_atomically
from runners.cells.interruption import undisturbed
from runners.cells.memory import OutOfMemory, at_most
from runners.cells.progress import log, step_bar
from runners.config.validation import check_counts
from runners.measuring.floor import MatrixProducts
from runners.measuring.side_by_side import throughput
from runners.measuring.timing import TimedStep, begun, clock_of, load_libraries, seconds_each
from runners.steps.graph import CudaGraph
from runners.steps.seeds import drawing_from
from runners.steps.training import Training
from tasks.batches import Batch, evaluation_set
from tasks.bounds import bounds

FILE = "speed.json"
"""In the cell's folder: seconds of every repetition, by what was timed."""

PHASES = ("data", "forward", "backward", "optimizer", "harness")
"""Of a training step; the last is all that is in none of the others."""

WARM_UP = 10
"""Steps before the first that is timed: memory is allocated, the optimizer has its state."""


def speed(
    cell: Cell,
    *,
    batch_size: int,
    steps: int,
    seconds: float,
    repetitions: int,
    bound_images: int,
    bound_samples: int,
    limit_gb: float = 8.0,
    workers: int = 1,
    reference: Any = None,
    baseline: DictConfig | None = None,
) -> dict[str, Any]:
    """Times the cell's training step, the matrix products in it, and what it is compared with, in turns.

    Every repetition times a few steps of each, one after the other, so that a machine that is disturbed disturbs all of
    them; ratios are medians over repetitions.

    Args:
        batch_size: examples per step.
        steps: per repetition and thing that is timed, at most;
        seconds: fewer of a method whose steps would take longer than this, at least one.
        repetitions: of all of them.
        bound_images: test examples of the bound that is timed.
        bound_samples: its samples m per example.
        limit_gb: memory that data, models and a step may take on the CPU, 10^9 bytes.
        workers: processes that make steps at the same time, against one alone; 1 to leave that out.
        reference: configuration of an estimator whose step is timed too.
        baseline: configuration of a function that takes training images and the batch's size and returns a function
            that makes a training step of another program; None for none.

    Returns:
        Entries of the cell's record: medians in milliseconds, ratios, memory.

    Raises:
        NotApplicable: it needs more memory.
    """
    counts = {"steps": steps, "repetitions": repetitions, "workers": workers}
    counts |= {"bound_images": bound_images, "bound_samples": bound_samples}
    check_counts(**counts)
    if not seconds > 0:
        raise ValueError(f"runner.seconds={seconds}: a positive number is needed")
    device: str = cell.config.device
    if workers > 1 and device != "cpu":
        raise ValueError(f"runner.workers={workers}: processes in parallel are timed on the CPU only; choose 1")
    load_libraries(cell.config)
    try:
        with at_most(limit_gb):
            training, peak = begun(cell.config, batch_size, WARM_UP)
            timed = contenders(training, cell, batch_size, bound_images, bound_samples, reference, baseline)
    except OutOfMemory as reason:
        raise NotApplicable(f"a step needs {reason} (runner.limit_gb)") from None
    times = in_turns(training, timed, steps, seconds, repetitions, workers)
    write_atomically(cell.folder / FILE, json.dumps(times) + "\n")
    entries = summary(times) | {"step_memory_mb": round(peak, 1)}
    log.info("  ".join(f"{name} {value:.4g}" for name, value in entries.items()))
    speeds = {"steps_per_second": entries.pop("steps_per_second"), "cost_evaluations": training.cost_evaluations}
    return speeds | {"scores": entries}


Timed = tuple[Callable[[], Any], int | None]
"""What is called, and how often in each repetition; None for as often as there are steps."""


def in_turns(
    training: Training, timed: Mapping[str, Timed], steps: int, seconds: float, repetitions: int, workers: int
) -> dict[str, list[float]]:
    """Seconds of each of the things that are timed and of the phases of a step, one number per repetition."""
    device = training.device
    steps = max(1, min(steps, int(seconds / seconds_each(training.advance, 1, device))))
    times: dict[str, list[float]] = defaultdict(list)
    with step_bar(repetitions, start=0) as bar:
        for _ in range(repetitions):
            for name, (run, count) in timed.items():
                times[name].append(seconds_each(run, steps if count is None else count, device))
            for name, found in phases(training, steps).items():
                times[name].append(found)
            if workers > 1:
                alone, together = (throughput(training.advance, 4 * steps, number) for number in (1, workers))
                times["alone"].append(1 / alone)
                times["together"].append(1 / together)
            bar.update()
    return times


def contenders(
    training: Training,
    cell: Cell,
    batch_size: int,
    images: int,
    samples: int,
    reference: DictConfig | None,
    baseline: DictConfig | None,
) -> dict[str, Timed]:
    """What is timed in addition to the phases of a step."""
    products = MatrixProducts()
    with products:
        training.advance()
    timed: dict[str, Timed] = {"step": (training.advance, None), "floor": (products.repeat, None)}
    if reference is not None:
        other = Training(Cell(_with_estimator(cell.config, reference)), batch_size)
        timed["reference"] = (other.advance, None)
    if training.on_gpu:
        timed["graph"] = (_recorded(Training(cell, batch_size)), None)
    if baseline is not None:
        timed["baseline"] = (build(baseline)(training.dataset.train.images, batch_size), None)
    data = evaluation_set(training.dataset.test, training.dataset.binarisation)
    part = Batch(data.x[:images], None if data.y is None else data.y[:images])

    def bound() -> None:
        with drawing_from(training.seed, "evaluation", training.device):
            bounds(training.task, part, samples)

    products_of_bound = MatrixProducts()
    with products_of_bound:
        bound()
    return timed | {"bound": (bound, 1), "bound_floor": (products_of_bound.repeat, 1)}


def phases(training: Training, steps: int) -> dict[str, float]:
    """Seconds of each phase of a step, means over some steps: what ``Training.run`` does, with a clock in between."""
    now = clock_of(training.device)
    usual, timed = training.make_step, TimedStep(training.update, now)
    training.make_step = timed
    drawing = whole = 0.0
    for _ in range(steps):
        began = now()
        with undisturbed():
            batch = next(training.batches)
            drawn = now()
            training.take_down(training.learn_from(batch), seconds=0.0)
        drawing += drawn - began
        whole += now() - began
    training.make_step = usual
    spent = {"data": drawing, **timed.spent}
    return {phase: seconds / steps for phase, seconds in {**spent, "harness": whole - sum(spent.values())}.items()}


def summary(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    """Milliseconds, and ratios to what was timed in the same repetition, medians over the repetitions."""
    medians = {f"{name}_ms": 1e3 * statistics.median(found) for name, found in seconds.items()}
    phased = list(zip(*(seconds[phase] for phase in PHASES), strict=True))
    ratios = {
        f"step_by_{name}": _ratio(seconds["step"], seconds.get(name)) for name in ("floor", "reference", "baseline")
    }
    ratios["graph_by_floor"] = _ratio(seconds.get("graph"), seconds["floor"])
    ratios["speed_up_side_by_side"] = _ratio(seconds.get("alone"), seconds.get("together"))
    ratios["bound_by_floor"] = _ratio(seconds["bound"], seconds["bound_floor"])
    harness = statistics.median((data + harness) / sum((data, *rest, harness)) for data, *rest, harness in phased)
    found = medians | ratios | {"harness_share": harness, "steps_per_second": 1e3 / medians["step_ms"]}
    return {name: round(value, 5) for name, value in found.items() if value is not None}


def _ratio(times: list[float] | None, others: list[float] | None) -> float | None:
    return (
        None
        if not times or not others
        else statistics.median(one / other for one, other in zip(times, others, strict=True))
    )


def _recorded(training: Training) -> Callable[[], None]:
    """The steps of a training run, replayed from a CUDA graph."""
    training.record_steps(CudaGraph(training.device))
    for _ in range(WARM_UP):
        training.advance()
    return training.advance


def _with_estimator(config: DictConfig, estimator: DictConfig) -> DictConfig:
    copy = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    assert isinstance(copy, DictConfig)
    copy.estimator = estimator
    return copy
