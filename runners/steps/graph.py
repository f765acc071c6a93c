"""A training step as a CUDA graph: recorded once, and from then on started as a whole, without Python in between.

Steps of small models take as long as the CPU needs to start their few hundred kernels one by one; those of a graph
start with one call. They read and write the memory that they had when they were recorded, so every step copies its
batch there, and what changes from step to step is kept in tensors: parameters, the state of optimizers and estimators,
scheduled temperatures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tensor

from runners.steps.step import Step
from tasks.batches import Batch

WARM_UP = 3
"""Steps that are made before one is recorded: optimizers have their state, and libraries their work space."""


class Graph(Protocol):
    """Remembers what a function computes, and computes it again on the same memory."""

    def warm_up(self, run: Callable[[], Tensor]) -> Tensor:
        """Calls the function once, under the conditions of a recording."""
        ...

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        """Calls the function without computing anything; returns the memory that its result will be in."""
        ...

    def replay(self) -> None: ...


class CudaGraph:
    """:class:`Graph` of a GPU."""

    def __init__(self, device: str) -> None:
        self.device = torch.device(device)
        self._graph = torch.cuda.CUDAGraph()

    def warm_up(self, run: Callable[[], Tensor]) -> Tensor:
        with torch.cuda.device(self.device):
            usual, aside = torch.cuda.current_stream(), torch.cuda.Stream()
            aside.wait_stream(usual)
            with torch.cuda.stream(aside):
                result = run()
            usual.wait_stream(aside)
            return result

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        with torch.cuda.device(self.device), torch.cuda.graph(self._graph):
            return run()

    def replay(self) -> None:
        self._graph.replay()


class RecordedStep:
    """A step that is made as it is for the first :data:`WARM_UP` batches, recorded at the next, and replayed from
    then on.

    Args:
        step: takes batches of one shape, calls no operation that waits for the GPU, and keeps all that it changes in
            tensors.
        graph: what records it.
    """

    def __init__(self, step: Step, graph: Graph) -> None:
        self.step = step
        self.graph = graph
        self.made = 0
        self.batch: Batch | None = None
        self.values: Tensor

    def __call__(self, batch: Batch) -> Tensor:
        if self.made < WARM_UP:
            self.made += 1
            return self.graph.warm_up(lambda: self.step(batch))
        if self.batch is None:
            self._record(batch)
        else:
            for own, new in zip(self.batch, batch, strict=True):
                if own is not None and new is not None:
                    own.copy_(new)
        self.graph.replay()
        return self.values.clone()

    def _record(self, batch: Batch) -> None:
        own = Batch(batch.x.clone(), None if batch.y is None else batch.y.clone())
        with capturable([descent.optimizer for descent in self.step.descents]):
            self.values = self.graph.record(lambda: self.step(own))
        self.batch = own


@contextmanager
def capturable(optimizers: Sequence[torch.optim.Optimizer]) -> Iterator[None]:
    """Optimizers that ask to be told so are told that a graph is recorded; only then, so that they do not warn before.

    With ``fused=true`` it changes nothing in what they compute.
    """
    groups = [group for optimizer in optimizers for group in optimizer.param_groups if "capturable" in group]
    before = [group["capturable"] for group in groups]
    for group in groups:
        group["capturable"] = True
    try:
        yield
    finally:
        for group, value in zip(groups, before, strict=True):
            group["capturable"] = value
