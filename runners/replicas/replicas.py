"""One program that trains several cells side by side, for cells that differ in their seeds and optimizers only.

The cells keep their own modules, optimizers, batches and journals. What is joined is memory: every parameter and buffer
of the R models is a row of one tensor ``[R, ...]``, which ``torch.func.vmap`` computes with.

    sum_r objective_r(theta_r)  has the gradient  (d objective_1 / d theta_1, ..., d objective_R / d theta_R),

so a single backward pass gives each replica its own gradient, and one that diverges changes no other.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from estimators import Estimator
from runners.cells.cell import Cell
from runners.cells.divergence import Diverged
from runners.cells.interruption import undisturbed
from runners.cells.progress import logging_to, step_bar
from runners.steps.graph import CudaGraph, Graph, RecordedStep, Step
from runners.steps.seeds import stream_seed
from runners.steps.step import forward
from runners.steps.training import Training
from tasks.batches import Batch
from tasks.task import Task

State = Mapping[str, Tensor]
"""Parameters or buffers by name, ``[R, ...]`` each."""


class Replica(Training):
    """The training run of one of the cells."""

    def __init__(self, cell: Cell, batch_size: int, replicas: int = 1) -> None:
        super().__init__(cell, batch_size, replicas)
        self.cell = cell
        self.model = Model(self.task, self.learners)

    def restore(self) -> None:
        with logging_to(self.cell.folder / "cell.log"):
            super().restore()

    def evaluate(self, steps: int) -> dict[str, float]:
        with logging_to(self.cell.folder / "cell.log"):
            return super().evaluate(steps)

    def state(self) -> dict[str, Any]:
        # A row would be saved with the whole tensor that it is part of.
        return tree_map_only(Tensor, torch.clone, super().state())


class Model(nn.Module):
    """A task and its estimators: what one replica's step computes."""

    def __init__(self, task: Task, estimators: nn.ModuleList) -> None:
        super().__init__()
        self.task = task
        self.estimators = estimators

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """What is differentiated, a scalar, and the estimate's values, nats: ``[B]``."""
        estimate, objective = forward(self.task, list(self.layers), batch)
        return objective, estimate.value

    @property
    def layers(self) -> Iterator[Estimator]:
        for estimator in self.estimators:
            assert isinstance(estimator, Estimator)
            yield estimator


class Replicas:
    """Training runs at the same step, which :meth:`run` takes to their end together.

    All draw their noise from one generator: the stream of the first one's seed, or what its checkpoint has.

    Args:
        runs: of the same step.
        cuda_graph: on a GPU, record a step of all of them once and replay it from then on.
    """

    def __init__(self, runs: Sequence[Replica], cuda_graph: bool = False) -> None:
        self.runs = list(runs)
        self.recorded = cuda_graph and runs[0].on_gpu
        self.advanced = False
        if runs[0].step == 0:
            torch.manual_seed(stream_seed(runs[0].seed, "estimator noise"))
        self._join()

    @property
    def step(self) -> int:
        return self.runs[0].step

    def run(self, steps: int, evaluate_every: int, checkpoint_every: int) -> Iterator[tuple[Replica, Diverged]]:
        """Goes on to step ``steps``, giving each run that diverges as it is left behind.

        As :meth:`Training.run`, it can be interrupted anywhere.
        """
        with step_bar(steps, start=self.step) as bar:
            while True:
                for replica in list(self.runs):
                    try:
                        replica.keep_up(steps, evaluate_every, checkpoint_every, bar)
                    except Diverged as divergence:
                        self._leave_behind(replica)
                        yield replica, divergence
                if not self.runs or self.step >= steps:
                    return
                with undisturbed():
                    self.advance()
                bar.update()

    def save(self) -> None:
        with undisturbed():
            for replica in self.runs:
                replica.save()

    def advance(self) -> None:
        """One update of every replica's parameters."""
        began = time.perf_counter()
        step = self.step
        batch = _stacked([next(replica.batches) for replica in self.runs])
        for estimator in self.model.layers:
            estimator.set_step(step)
        values = self.make_step(batch)
        share = (time.perf_counter() - began) / len(self.runs)
        for replica, losses in zip(self.runs, values, strict=True):
            replica.take_down(losses, share)
        self.advanced = True

    def _make_step(self, batch: Batch) -> Tensor:
        """Updates the parameters; returns the values of the estimates that they followed, ``[R, B]``."""
        objectives, values = self._estimate(batch)
        objectives.sum().backward()
        for whole, rows in self.parameters:
            gradients = [None] * len(rows) if whole.grad is None else whole.grad.unbind()
            for row, gradient in zip(rows, gradients, strict=True):
                row.grad = gradient
            whole.grad = None
        for replica in self.runs:
            for optimizer in replica.optimizers:
                optimizer.step()
        return values

    def _estimate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Objectives ``[R]`` and values ``[R, B]`` of a batch ``[R, B, ...]``; brings the buffers up to date."""
        parameters, buffers = dict(self.model.named_parameters()), dict(self.model.named_buffers())

        def of_one(parameters: State, buffers: State, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor, State]:
            state = {**parameters, **buffers}
            objective, value = torch.func.functional_call(self.model, state, (Batch(x, y),))
            # A buffer changed in place is a row of its tensor; one that was assigned to is not.
            return objective, value, {name: state[name] for name in buffers if state[name] is not buffers[name]}

        axes = (0, 0, 0, None if batch.y is None else 0)
        vectorized = torch.func.vmap(of_one, in_dims=axes, randomness="different")
        objectives, values, assigned = vectorized(parameters, buffers, *batch)
        for name, buffer in assigned.items():
            buffers[name].copy_(buffer)
        return objectives, values

    def _join(self) -> None:
        """Makes the tensors of every replica rows of those of ``self.model``, with the values that they have."""
        models = [replica.model for replica in self.runs]
        self.model = copy.deepcopy(models[0])
        self.parameters = _joined(self.model.parameters(), [model.parameters() for model in models])
        _joined(self.model.buffers(), [model.buffers() for model in models])
        self.make_step: Step = self._make_step
        if self.recorded:
            self.record_steps(CudaGraph(self.runs[0].device))

    def record_steps(self, graph: Graph) -> None:
        """From now on, until a replica is left behind, steps are those of a graph."""
        optimizers = [optimizer for replica in self.runs for optimizer in replica.optimizers]
        self.make_step = RecordedStep(self._make_step, optimizers, graph)

    def _leave_behind(self, replica: Replica) -> None:
        self.runs.remove(replica)
        if self.runs:
            self._join()


def _joined(wholes: Iterator[Tensor], parts: Sequence[Iterator[Tensor]]) -> list[tuple[Tensor, tuple[Tensor, ...]]]:
    """Stacks parts ``[...]`` that belong together into their whole ``[R, ...]``, whose rows they become."""
    joined = [(whole, rows) for whole, *rows in zip(wholes, *parts, strict=True)]
    for whole, rows in joined:
        whole.data = torch.stack([row.data for row in rows])
        for row, data in zip(rows, whole.data, strict=True):
            row.data = data
    return [(whole, tuple(rows)) for whole, rows in joined]


def _stacked(batches: Sequence[Batch]) -> Batch:
    labels = [batch.y for batch in batches if batch.y is not None]
    return Batch(torch.stack([batch.x for batch in batches]), torch.stack(labels) if labels else None)
