"""What the harness is timed against is the model that it is timed on."""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pkgutil import resolve_name

import pytest
import torch
from torch import Tensor

from tests.conftest import stripes

JAX = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="jax is optional: see docs/performance.md")


def losses(name: str) -> list[float]:
    training_step: Callable[[Tensor, int], Callable[[], float | Tensor]] = resolve_name(name)
    torch.manual_seed(0)
    step = training_step(stripes().train.images, 20)
    return [float(step()) for _ in range(400)]


def assert_learned(found: list[float]) -> None:
    assert 500 < found[0] < 600, "nats of 784 pixels that are not known yet"
    assert found[-1] < 0.75 * found[0]


@pytest.mark.parametrize("name", ["benchmarks.tutorial:training_step", "benchmarks.careful:training_step"])
def test_a_baseline_learns(name: str):
    assert_learned(losses(name))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["benchmarks.careful:compiled_training_step", pytest.param("benchmarks.tutorial_jax:training_step", marks=JAX)],
)
def test_a_compiled_baseline_learns(name: str):
    # In a process of its own: JAX warns of every later fork of the one that it is in.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        assert_learned(process.submit(losses, name).result())
