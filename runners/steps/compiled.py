"""A training step as one compiled function: forward pass, gradient and optimizers, without Python in between.

The step is traced as a graph of tensor operations, and Inductor fuses the operations between matrix products into loops
for a C++ compiler. Noise comes from the usual generators in the usual order; sums are taken in a different order, so
results are not bitwise equal.

Everything that changes from step to step is kept in tensors, as for a CUDA graph (:mod:`runners.steps.graph`):
parameters, the state of optimizers and estimators, scheduled temperatures, learning rates.
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

from runners.cells.containment import describe
from runners.steps.seeds import generator_states, set_generator_states
from runners.steps.step import Step
from runners.steps.tensor_updates import TensorUpdate, update_of
from tasks.batches import Batch

SECTIONS = ("optimizer", "auxiliary_optimizer")
"""The sections of the configuration that a step's descents are built from, in this order."""

OPTIONS = {
    "fallback_random": True,
    "compile_threads": 1,
    "cpp_wrapper": True,
    "size_asserts": False,
    "alignment_asserts": False,
}
"""Inductor's options: noise from PyTorch's own generators, whose states are in checkpoints; one compiler at a time,
since other cells use the other cores; the kernels called from C++ instead of Python, without a check of each tensor."""


def expm1(x: Tensor) -> Tensor:
    """exp(x) - 1 to all digits near 0, where Inductor's own loops subtract."""
    return torch.tanh(x / 2) * (torch.exp(x) + 1)


DECOMPOSITIONS = {torch.ops.aten.expm1.default: expm1}
"""Operations that are replaced by others in the graph."""


class CompiledStep:
    """A compiled step, for batches of one shape.

    Args:
        step: must keep everything that it changes in tensors, and read no number out of a tensor.
        batch: an example of the batches to come.

    Attributes:
        seconds: the time that compiling took.

    Raises:
        ValueError: a part of the step cannot be compiled; the message names it.
    """

    def __init__(self, step: Step, batch: Batch) -> None:
        began = time.perf_counter()
        self.updates = _updates(step)
        self.shapes = [tensor.shape for tensor in tensors_of(batch)]
        modules = [step.task, *step.estimators]
        kept: list[Tensor] = [
            *(parameter for module in modules for parameter in module.parameters()),
            *(buffer for module in modules for buffer in module.buffers()),
            *(tensor for update in self.updates for tensor in update.state),
        ]
        try:
            with unchanged(kept), torch.no_grad():
                self.state = [tensor.detach() for tensor in kept]
                self.graph = traced(step, self.updates, kept, batch)
                self._compiled = with_inductor(self.graph, [*self.state, *tensors_of(batch)])
                self(batch)
        except Exception as error:
            names = " and ".join({type(estimator).__name__: None for estimator in step.estimators})
            part, why = f"{names} on {type(step.task).__name__}", reason_of(error)
            raise ValueError(f"runner.compile=true: a step of {part} cannot be compiled: {why}") from error
        self.seconds = time.perf_counter() - began

    @torch.no_grad()
    def __call__(self, batch: Batch) -> Tensor:
        """Makes the update; returns the loss of each example, nats: ``[B]``.

        Raises:
            ValueError: the batch has another shape than the example.
        """
        tensors = tensors_of(batch)
        if (shapes := [tensor.shape for tensor in tensors]) != self.shapes:
            raise ValueError(f"the step was compiled for a batch of {self.shapes}, not {shapes}")
        for update in self.updates:
            update.begin()
        (losses,) = self._compiled(*self.state, *tensors)
        return losses


def tensors_of(batch: Batch) -> list[Tensor]:
    return [tensor for tensor in batch if tensor is not None]


@torch.enable_grad()
def traced(step: Step, updates: Sequence[TensorUpdate], kept: Sequence[Tensor], batch: Batch) -> fx.GraphModule:
    """The operations of one update, as a function of the tensors that the step reads or changes and of the batch's."""

    def update(*tensors: Tensor) -> tuple[Tensor]:
        x, *labels = tensors[len(kept) :]
        return (step(Batch(x, *(labels or [None]))).detach(),)

    buffers = [buffer for module in (step.task, *step.estimators) for buffer in module.buffers()]
    with in_tensors(step, updates):
        # The step uses the tensors in ``kept`` themselves, which become the inputs of the graph.
        graph = make_fx(update, DECOMPOSITIONS)(*kept, *tensors_of(batch))
    for node in graph.graph.nodes:
        if torch.Tag.dynamic_output_shape in getattr(node.target, "tags", ()) and not _by_integers(node):
            raise ValueError(f"{node.target} makes a tensor whose shape depends on the values in another one")
    now = [buffer for module in (step.task, *step.estimators) for buffer in module.buffers()]
    if any(before is not after for before, after in zip(buffers, now, strict=True)):
        raise ValueError("a buffer is replaced by another tensor instead of being changed in place")
    return graph


def _by_integers(node: fx.Node) -> bool:
    """Whether an operation indexes by integers, whose number is fixed, rather than by booleans."""
    if node.target is not torch.ops.aten.index.Tensor:
        return False
    indices = node.args[1]
    assert isinstance(indices, list | tuple)
    kinds = [index.meta["tensor_meta"].dtype for index in indices if isinstance(index, fx.Node)]
    return all(kind not in (torch.bool, torch.uint8) for kind in kinds)


def with_inductor(graph: fx.GraphModule, inputs: Sequence[Tensor]) -> Callable[..., Any]:
    """The compiled function of a graph. Inductor caches it on disk, for other seeds of the cell.

    It is called directly: ``torch.compile`` would check at every step whether any object has been replaced.
    """
    for node in graph.graph.find_nodes(op="placeholder"):
        node.meta.clear()  # with other example inputs than the ones given
    compiled = torch._inductor.compile(graph, list(inputs), options=OPTIONS)
    assert callable(compiled)
    return compiled


def reason_of(error: Exception) -> str:
    """An error in one line: its first line, or a plain version of PyTorch's long message."""
    message = describe(error)
    reads = "_local_scalar_dense" in message
    return "a number is read out of a tensor, as with .item() or if" if reads else message.splitlines()[0]


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
    """Within the block, the step uses these updates for its parameters."""
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
    """Undoes, after the block, the changes that it made to the tensors and to the random generators."""
    device = str(tensors[0].device)
    before, states = [tensor.detach().clone() for tensor in tensors], generator_states(device)
    try:
        yield
    finally:
        set_generator_states(states, device)
        with torch.no_grad():
            for tensor, value in zip(tensors, before, strict=True):
                tensor.copy_(value)
