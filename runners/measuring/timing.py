"""How long a step takes, and how much memory."""

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
    """Returns the time; on a GPU after waiting until it has finished; with one thread on a CPU the time that this
    process has computed, on which other processes of the machine have the least influence."""
    if not device.startswith("cuda"):
        return time.process_time if torch.get_num_threads() == 1 else time.perf_counter

    def synchronised() -> float:
        torch.cuda.synchronize(device)
        return time.perf_counter()

    return synchronised


def seconds_each(run: Callable[[], Any], count: int, device: str) -> float:
    """Mean time of a call, over so many after one that is not timed."""
    run()  # what ran before it is in the caches, and a fork has taken the pages away
    now = clock_of(device)
    began = now()
    for _ in range(count):
        run()
    return (now() - began) / count


def load_libraries(config: DictConfig) -> None:
    """A first step of the smallest model: PyTorch loads 70 MB when its first optimizer is made."""
    weight = nn.Parameter(torch.zeros(1, 1).to(config.device))
    descent = descent_on([weight], config, "optimizer")
    (weight @ weight).sum().backward()
    descent.follow()


def begun(config: DictConfig, batch_size: int, steps: int) -> tuple[Training, float]:
    """A training run that has made its first steps, and what it added to the memory of the process, 10^6 bytes: data,
    parameters, optimizer state, activations and gradients."""
    reset_peak_memory(config.device)
    before = peak_memory_mb(config.device)
    training = Training(Cell(config), batch_size)
    for _ in range(steps):
        training.advance()
    return training, peak_memory_mb(config.device) - before


class TimedStep(Step):
    """A step with a clock between its phases; ``spent`` has the seconds of each, over all calls."""

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
