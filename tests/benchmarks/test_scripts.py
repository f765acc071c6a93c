"""What the harness is timed against is the model that it is timed on."""

from __future__ import annotations

import importlib.util
import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pkgutil import resolve_name

import pytest
import torch
from torch import Tensor

from benchmarks.careful import MODELS
from runners.steps.assemble import assemble_task
from tests.conftest import Compose, stripes
from tests.crossing import one_in


def if_installed(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is optional: docs/performance.md")


TASKS = ("vae_bernoulli", "vae_categorical", "sbn_bernoulli", "sbn_categorical")


def losses(name: str, **task: str) -> list[float]:
    training_step: Callable[..., Callable[[], float | Tensor]] = resolve_name(name)
    torch.manual_seed(0)
    step = training_step(stripes().train.images, 20, **task)
    return [float(step()) for _ in range(400)]


def assert_learned(found: list[float], task: str) -> None:
    pixels = 784 if task.startswith("vae") else 392
    assert 0.6 * pixels < found[0] < 0.8 * pixels, "nats of pixels that are not known yet"
    assert found[-1] < 0.75 * found[0]


@pytest.mark.slow
def test_the_tutorial_learns():
    assert_learned(losses("benchmarks.tutorial:training_step"), "vae_bernoulli")


@pytest.mark.parametrize("task", one_in(len(TASKS), TASKS))
def test_a_careful_script_learns(task: str):
    assert_learned(losses("benchmarks.careful:training_step", task=task), task)


@pytest.mark.parametrize("task", TASKS)
def test_a_careful_script_has_the_parameters_of_the_task(task: str, compose_cell: Compose):
    model = assemble_task(compose_cell(f"task={task}"), pixel_mean=torch.full((784,), 0.5))
    assert sizes(MODELS[task](784).parameters()) == sizes(model.parameters())


def sizes(parameters: Iterable[Tensor]) -> list[tuple[int, ...]]:
    return sorted(tuple(parameter.shape) for parameter in parameters)


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "name",
    [
        "benchmarks.careful:compiled_training_step",
        pytest.param("benchmarks.careful_jax:training_step", marks=if_installed("jax")),
    ],
)
def test_a_compiled_script_learns(name: str, task: str):
    # In a process of its own: JAX warns of every later fork of the one that it is in.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        assert_learned(process.submit(losses, name, task=task).result(), task)


@pytest.mark.slow
@if_installed("storch")
def test_the_script_with_storchastic_learns():
    # In a process of its own, because the library changes PyTorch.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        assert_learned(process.submit(losses, "benchmarks.storchastic_vae:training_step").result(), "vae_bernoulli")
