"""Cells that train in a moment, alone and as replicas."""

from __future__ import annotations

from omegaconf import DictConfig

from runners.cells.cell import Cell
from runners.cells.record import Record
from runners.replicas.execution import run_side_by_side
from tests.conftest import Compose

TINY = ("task=vae_bernoulli", "task.latent.n=4")
FEW_CLASSES = ("task=vae_categorical", "task.latent.n=2", "task.latent.k=3")
SMALL_SBN = ("task=sbn_bernoulli", "task.latent.n=4")
FEW_LABELS = ("task=semi_supervised", "task.latent.k=4", "data._target_=tests.conftest.stripes_with_few_labels")


def misbehaving(compose_cell: Compose, way: str, *overrides: str) -> DictConfig:
    """A cell whose estimator misbehaves in this way."""
    config = compose_cell(*TINY, *overrides)
    config.estimator = {"_target_": "tests.runners.misbehaving.Misbehaving", "way": way}
    return config


def side_by_side(*configs: DictConfig) -> list[Cell]:
    """Runs the cells as one program."""
    run_side_by_side([(config, []) for config in configs])
    return [Cell(config) for config in configs]


def replicas_of(meta: Record) -> list[int]:
    """How many cells were trained as one program with it, each time that this changed."""
    return [draws["replicas"] for draws in meta["draws"]]


def three_side_by_side(compose_cell: Compose, *overrides: str) -> list[Cell]:
    """One program of three seeds."""
    return side_by_side(*(compose_cell(*TINY, *overrides, f"seed={seed}") for seed in (0, 1, 2)))
