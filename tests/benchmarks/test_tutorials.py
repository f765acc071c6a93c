"""What the harness is timed against is the model that it is timed on."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
import torch
from torch import Tensor

from tests.conftest import stripes

MAKERS = {
    "plain PyTorch": "benchmarks.tutorial",
    "JAX": pytest.param("benchmarks.tutorial_jax", marks=pytest.mark.slow),
}


@pytest.mark.parametrize("module", MAKERS.values(), ids=MAKERS.keys())
def test_a_baseline_learns(module: str):
    if module.endswith("jax"):
        pytest.importorskip("jax", reason="an optional baseline")
    training_step: Callable[[Tensor, int], Callable[[], float]] = import_module(module).training_step
    torch.manual_seed(0)
    step = training_step(stripes().train.images, 100)
    losses = [step() for _ in range(400)]
    assert 500 < losses[0] < 600, "nats of 784 pixels that are not known yet"
    assert losses[-1] < 0.75 * losses[0]
