"""A training step as one compiled function: forward pass, gradient and optimizers, without Python in between.

The step is taken down as the list of tensor operations that its code calls, and Inductor joins what lies between the
matrix products into loops that a C++ compiler translates. Noise comes from the usual generators, in the usual order;
sums are taken in another one, so bits differ.

What changes from step to step is kept in tensors, as for a graph of a GPU (:mod:`runners.steps.graph`): parameters, the
state of optimizers and estimators, scheduled temperatures, learning rates.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch._inductor
from torch import Tensor, fx
from torch.fx.experimental.proxy_tensor import make_fx

from runners.cells.containment import told
from runners.steps.seeds import generator_states, set_generator_states
from runners.steps.step import Step
from runners.steps.tensor_updates import TensorUpdate, update_of
from tasks.batches import Batch

SECTIONS = ("optimizer", "auxiliary_optimizer")
"""Of the configuration: what a step's descents come from, in their order."""

OPTIONS = {"fallback_random": True, "compile_threads": 1}
"""Of Inductor: noise from PyTorch's own generators, whose states checkpoints keep; one compiler at a time, since other
cells have the other cores."""


class CompiledStep:
    """Makes the updates of a step; takes batches of one shape.

    Args:
        step: keeps all that it changes in tensors, and reads no number out of one.
        batch: one like those to come.

    Attributes:
        seconds: that it took to compile.

    Raises:
        ValueError: a part of the step cannot be compiled; the message names it.
    """

    def __init__(self, step: Step, batch: Batch) -> None:
        began = time.perf_counter()
        self.updates = _updates(step)
        modules = [step.task, *step.estimators]
        kept: list[Tensor] = [
            *(parameter for module in modules for parameter in module.parameters()),
            *(buffer for module in modules for buffer in module.buffers()),
            *(tensor for update in self.updates for tensor in update.state),
        ]
        counts = [update.count for update in self.updates]
        try:
            with unchanged(kept), torch.no_grad():
                self.state = [tensor.detach() for tensor in kept]
                self.graph = taken_down(step, self.updates, kept, batch)
                self._compiled = with_inductor(self.graph, [*self.state, *tensors_of(batch)])
                self(batch)
        except Exception as error:
            names = " and ".join({type(estimator).__name__: None for estimator in step.estimators})
            part, why = f"{names} on {type(step.task).__name__}", reason_of(error)
            raise ValueError(f"runner.compile=true: a step of {part} cannot be compiled: {why}") from error
        for update, count in zip(self.updates, counts, strict=True):
            update.count = count
        self.seconds = time.perf_counter() - began

    @torch.no_grad()
    def __call__(self, batch: Batch) -> Tensor:
        """Makes the update; returns the loss of each example, nats: ``[B]``."""
        for update in self.updates:
            update.begin()
        (losses,) = self._compiled(*self.state, *tensors_of(batch))
        return losses


def tensors_of(batch: Batch) -> list[Tensor]:
    return [tensor for tensor in batch if tensor is not None]


@torch.enable_grad()
def taken_down(step: Step, updates: Sequence[TensorUpdate], kept: Sequence[Tensor], batch: Batch) -> fx.GraphModule:
    """The operations of one update, as a function of what the step changes, or reads, and of a batch's tensors."""

    def update(*tensors: Tensor) -> tuple[Tensor]:
        x, *labels = tensors[len(kept) :]
        return (step(Batch(x, *(labels or [None]))).detach(),)

    buffers = [buffer for module in (step.task, *step.estimators) for buffer in module.buffers()]
    with in_tensors(step, updates):
        # The step works on the very tensors that it is told to be a function of.
        graph = make_fx(update)(*kept, *tensors_of(batch))
    for node in graph.graph.nodes:
        if torch.Tag.dynamic_output_shape in getattr(node.target, "tags", ()) and not _by_number(node):
            raise ValueError(f"{node.target} makes tensors whose shape depends on the numbers in others")
    now = [buffer for module in (step.task, *step.estimators) for buffer in module.buffers()]
    if any(one is not other for one, other in zip(buffers, now, strict=True)):
        raise ValueError("a buffer is replaced by another tensor, instead of changed in place")
    return graph


def _by_number(node: fx.Node) -> bool:
    """Whether an operation looks up by numbers of rows, as many at each step, and not by booleans."""
    if node.target is not torch.ops.aten.index.Tensor:
        return False
    indices = node.args[1]
    assert isinstance(indices, list | tuple)
    kinds = [index.meta["tensor_meta"].dtype for index in indices if isinstance(index, fx.Node)]
    return all(kind not in (torch.bool, torch.uint8) for kind in kinds)


def with_inductor(graph: fx.GraphModule, inputs: Sequence[Tensor]) -> Callable[..., Any]:
    """The compiled function of a graph. Inductor keeps what it has made on disk, for other seeds of the cell.

    It is called as it is. ``torch.compile`` would look at each step whether any object had become another one.
    """
    compiled = torch._inductor.compile(graph, list(inputs), options=OPTIONS)
    assert callable(compiled)
    return compiled


def reason_of(error: Exception) -> str:
    """What a reader needs of an error: its first line, or what PyTorch says at length."""
    said = told(error)
    reads = "_local_scalar_dense" in said
    return "a number is read out of a tensor, as .item() and if do" if reads else said.splitlines()[0]


def _updates(step: Step) -> list[TensorUpdate]:
    updates = []
    for descent, section in zip(step.descents, SECTIONS, strict=False):
        try:
            updates.append(update_of(descent.optimizer))
        except ValueError as option:
            raise ValueError(f"runner.compile=true: a step with {section}.{option} cannot be compiled") from None
    return updates


@contextmanager
def in_tensors(step: Step, updates: Sequence[TensorUpdate]) -> Iterator[None]:
    """Within the block, the step changes its parameters by these updates."""
    usual = [descent.update for descent in step.descents]
    for descent, update in zip(step.descents, updates, strict=True):
        descent.update = update.step
    try:
        yield
    finally:
        for descent, update in zip(step.descents, usual, strict=True):
            descent.update = update


@contextmanager
def unchanged(tensors: Sequence[Tensor]) -> Iterator[None]:
    """What the block does to the tensors and to the generators is undone after it."""
    device = str(tensors[0].device)
    before, states = [tensor.detach().clone() for tensor in tensors], generator_states(device)
    try:
        yield
    finally:
        set_generator_states(states, device)
        with torch.no_grad():
            for tensor, value in zip(tensors, before, strict=True):
                tensor.copy_(value)
