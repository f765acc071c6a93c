"""What a training step is compared with: its matrix products, another estimator, other ways to run it, other code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf

from estimators import build
from runners.cells.cell import Cell
from runners.cells.progress import log
from runners.measuring.floor import MatrixProducts
from runners.steps.graph import CudaGraph
from runners.steps.seeds import drawing_from
from runners.steps.training import Training
from tasks.batches import Batch, evaluation_set
from tasks.bounds import bounds
from tasks.hard_codes import hard_codes_only

WARM_UP = 10
"""Untimed steps at the beginning, in which memory is allocated and the optimizer creates its state."""

Timed = tuple[Callable[[], Any], int | None]
"""A function, and how often to call it in each repetition; None for the number of steps."""


def steps_of(
    training: Training, cell: Cell, batch_size: int, reference: DictConfig | None, compiled: bool
) -> dict[str, Timed]:
    """The step, its matrix products, the reference estimator's step, and the step as a CUDA graph and compiled."""
    products = MatrixProducts()
    with products:
        training.advance()
    timed: dict[str, Timed] = {"step": (training.advance, None), "floor": (products.repeat, None)}
    if reference is not None:
        other = Training(Cell(_with_estimator(cell.config, reference)), batch_size)
        timed["reference"] = (other.advance, None)
    if training.on_gpu:
        recorded = Training(cell, batch_size)
        recorded.record_steps(CudaGraph(recorded.device))
        timed["graph"] = (_warm(recorded), None)
    if compiled:
        whole = Training(cell, batch_size)
        whole.compile_steps()
        timed["compiled"] = (_warm(whole), None)
    return timed


def steps_of_peers(training: Training, batch_size: int, peers: Mapping[str, DictConfig | None]) -> dict[str, Timed]:
    """Steps of other programs on the same images; one whose packages are missing is named in the log."""
    timed: dict[str, Timed] = {}
    for name, peer in peers.items():
        if peer is None:
            continue
        try:
            timed[name] = (build(peer)(training.dataset.train.images, batch_size), None)
        except ImportError as missing:
            log.info("%s is left out: %s", name, missing)
    return timed


def bounds_of(training: Training, images: int, samples: int) -> dict[str, Timed]:
    """The bound of some test images, and its matrix products."""
    data = evaluation_set(training.dataset.test, training.dataset.binarisation)
    part = Batch(data.x[:images], None if data.y is None else data.y[:images])

    def by_products() -> None:
        with drawing_from(training.seed, "evaluation", training.device):
            bounds(training.task, part, samples)

    def bound() -> None:
        with hard_codes_only():
            by_products()

    products = MatrixProducts()
    with products:
        by_products()
    return {"bound": (bound, 1), "bound_floor": (products.repeat, 1)}


def _warm(training: Training) -> Callable[[], None]:
    for _ in range(WARM_UP):
        training.advance()
    return training.advance


def _with_estimator(config: DictConfig, estimator: DictConfig) -> DictConfig:
    copy = OmegaConf.create(OmegaConf.to_container(config, resolve=True))
    assert isinstance(copy, DictConfig)
    copy.estimator = estimator
    return copy
