"""A training step as a CUDA graph: recorded once, and then launched as a whole, without Python in between.

A step of a small model takes as long as the CPU needs to launch its few hundred kernels one by one; a graph is launched
by one call. It reads and writes the memory that it was recorded with, so every step copies its batch there, and
everything that changes from step to step is kept in tensors: parameters, the state of optimizers and estimators,
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
"""Steps before the recording, in which optimizers create their state and libraries their workspaces."""


class Graph(Protocol):
    """Records the operations of a function, and replays them on the same memory."""

    def warm_up(self, run: Callable[[], Tensor]) -> Tensor:
        """Calls the function once, under the conditions of a recording."""
        ...

    def record(self, run: Callable[[], Tensor]) -> Tensor:
        """Calls the function without computing anything; returns the tensor that its results will be in."""
        ...

    def replay(self) -> None: ...


class CudaGraph:
    """A :class:`Graph` on a GPU."""

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
    """A step that is called for the first :data:`WARM_UP` batches, recorded at the next one, and then replayed.

    Args:
        step: takes batches of one shape, calls no operation that waits for the GPU, and keeps everything that it
            changes in tensors.
        graph: records it.
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
    """Sets the option ``capturable`` of the optimizers that have it within the block; outside, it would cause warnings.

    With ``fused=true`` it does not change what they compute.
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
