"""Time and memory of a training step."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from runners.cells.cell import Cell
from runners.cells.memory import peak_memory_mb, reset_peak_memory
from runners.steps.descent import descent_on
from runners.steps.step import Step
from runners.steps.training import Training
from tasks.batches import Batch

Clock = Callable[[], float]
"""Seconds since some moment."""


def clock_of(device: str) -> Clock:
    """The clock to use on a device.

    On a GPU it waits until all work is finished. With one thread on a CPU it is the process's CPU time, which other
    processes of the machine influence least.
    """
    if not device.startswith("cuda"):
        return time.process_time if torch.get_num_threads() == 1 else time.perf_counter

    def synchronised() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    return synchronised


def seconds_each(run: Callable[[], Any], count: int, device: str) -> float:
    """Mean time of a call, over ``count`` calls after one that is not timed."""
    run()  # so that caches have its data, and pages shared by a fork are copied
    now = clock_of(device)
    began = now()
    for _ in range(count):
        run()
    return (now() - began) / count


def load_libraries(config: DictConfig) -> None:
    """Makes a step of a minimal model, since PyTorch loads 70 MB when its first optimizer is created."""
    weight = nn.Parameter(torch.zeros(1, 1).to(config.device))
    descent = descent_on([weight], config, "optimizer")
    (weight @ weight).sum().backward()
    descent.follow()


def begun(config: DictConfig, batch_size: int, steps: int) -> tuple[Training, float]:
    """A training run after its first steps, and its peak memory, 10^6 bytes: data, parameters, optimizer state,
    activations and gradients."""
    reset_peak_memory(config.device)
    before = peak_memory_mb(config.device)
    training = Training(Cell(config), batch_size)
    for _ in range(steps):
        training.advance()
    return training, peak_memory_mb(config.device) - before


class TimedStep(Step):
    """A step that times its phases; ``spent`` has the seconds of each phase, over all calls."""

    def __init__(self, step: Step, clock: Clock) -> None:
        super().__init__(step.task, step.estimators, step.descents)
        self.clock = clock
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        began = self.clock()
        yield
        self.spent[name] += self.clock() - began

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        with self.phase("forward"):
            return super().evaluate(batch)

    def backward(self, objective: Tensor) -> None:
        with self.phase("backward"):
            super().backward(objective)

    def follow(self) -> None:
        with self.phase("optimizer"):
            super().follow()
