"""What several test packages need: a small data set and configurations of cells, composed as the command line does."""

from __future__ import annotations

import copy
import functools
import gc
import operator
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf, open_dict

from tasks.datasets import Binarisation, Dataset, Split

# Tests run side by side: threads of one would wait for those of the others. Also for the processes that they start.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")

Compose = Callable[..., DictConfig]

# A shell starts its background jobs with SIGINT ignored, and the tests of interruptions send it.
signal.signal(signal.SIGINT, signal.default_int_handler)

gc.disable()  # while modules are imported and tests are collected, whose objects stay


def pytest_collection_finish() -> None:
    """Leaves modules and collected tests, millions of objects, out of every later garbage collection, also of forks."""
    gc.collect()
    gc.freeze()
    gc.enable()


SMALL_TRAINING = {
    "steps": 20,
    "evaluate_every": 10,
    "checkpoint_every": 10,
    "bound_samples": 4,
    "valid_samples": 4,
    "batch_size": 20,
}


def stripes(binarisation: Binarisation = "dynamic") -> Dataset:
    """400 images of 784 pixels, each bright on one of four bands; a data set that a model learns in a few steps."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(400) % 4
    bands = torch.arange(784) // 196
    bright = labels[:, None] == bands
    images = torch.randint(0, 60, (400, 784), generator=generator) + 180 * bright
    parts = (slice(240), slice(240, 320), slice(320, 400))
    train, valid, test = (Split(images[part].to(torch.uint8), labels[part]) for part in parts)
    return Dataset(f"stripes-{binarisation}", train, valid, test, binarisation)


def stripes_with_few_labels(binarisation: Binarisation = "dynamic") -> Dataset:
    """:func:`stripes` with 20 of its training images labelled, the others not."""
    full = stripes(binarisation)
    assert full.train.labels is not None
    labelled = Split(full.train.images[:20], full.train.labels[:20])
    return replace(full, train=Split(full.train.images[20:], None), labelled=labelled)


@pytest.fixture
def compose_cell(tmp_path: Path) -> Compose:
    """Composes the configuration of a small cell on :func:`stripes`, with overrides as on the command line."""
    return functools.partial(small_cell, f"output={tmp_path / 'outputs'}")


def small_cell(*overrides: str) -> DictConfig:
    """The same for fixtures that several tests share, with an ``output`` of their own."""
    small = ["data._target_=tests.conftest.stripes"]
    if not any(override.startswith("runner=") for override in overrides):
        small += [f"runner.{name}={value}" for name, value in SMALL_TRAINING.items()]
    return _composed([*small, *overrides])


def _composed(overrides: list[str]) -> DictConfig:
    """As Hydra does it, which takes longer than to train a small cell: so what is composed of choices is kept."""
    values = [override for override in overrides if _is_value(override)]
    chosen, kept = _chosen(*(override for override in overrides if override not in values))
    HydraConfig.instance().set_config(chosen)
    config = copy.deepcopy(kept)
    for override in map(_parsed, values):
        *sections, key = override.key_or_group.split(".")
        section = functools.reduce(operator.getitem, sections, config)
        if key not in section:
            raise KeyError(override.key_or_group)
        section[key] = override.value()
    composed = OmegaConf.create(config)
    OmegaConf.resolve(composed)
    return composed


@cache
def _parsed(override: str) -> Any:
    return OverridesParser.create().parse_override(override)


def _is_value(override: str) -> bool:
    """Whether it changes a value that is there, so that it can be made after the choices."""
    key = override.partition("=")[0]
    return key in ("seed", "device", "threads", "output") or ("." in key and key[0] not in "+~")


@cache
def _chosen(*choices: str) -> tuple[DictConfig, dict[str, Any]]:
    """The configuration, and what a cell has of it, not resolved."""
    with initialize_config_module("conf", version_base="1.3"):
        chosen = compose("config", list(choices), return_hydra_config=True)
    config = chosen.copy()
    with open_dict(config):
        del config["hydra"]
    return chosen, cast("dict[str, Any]", OmegaConf.to_container(config))
