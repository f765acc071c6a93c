"""The step of several replicas at once.

The replicas share memory: every parameter and buffer of the R models is a row of one tensor ``[R, ...]``, on which
``torch.func.vmap`` operates. Since

    sum_r objective_r(theta_r)  has the gradient  (d objective_1 / d theta_1, ..., d objective_R / d theta_R),

a single backward pass gives each replica its own gradient, and a replica that diverges does not affect the others.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from estimators import Estimator
from runners.steps.descent import Descent
from runners.steps.step import Step, evaluate
from tasks.batches import Batch
from tasks.task import Task

State = Mapping[str, Tensor]
"""Parameters or buffers by name, ``[R, ...]`` each."""

Rows = list[tuple[Tensor, tuple[Tensor, ...]]]
"""Tensors ``[R, ...]``, each with the replicas' tensors that are its rows."""


class Model(nn.Module):
    """A task and its estimators as one module, which computes the objective of one replica."""

    def __init__(self, task: Task, estimators: nn.ModuleList) -> None:
        super().__init__()
        self.task = task
        self.estimators = estimators

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The objective to differentiate, a scalar, and the losses, nats: ``[B]``."""
        return evaluate(self.task, list(self.layers), batch)

    @property
    def layers(self) -> Iterator[Estimator]:
        for estimator in self.estimators:
            assert isinstance(estimator, Estimator)
            yield estimator


class ReplicaStep(Step):
    """One update of every replica's parameters; takes batches ``[R, B, ...]`` and returns losses ``[R, B]``.

    Args:
        model: a model whose parameters and buffers are those of all replicas, stacked.
        parameters: its parameters, each with the replicas' parameters.
        descents: of the replicas' parameters.
    """

    def __init__(self, model: Model, parameters: Rows, descents: Sequence[Descent]) -> None:
        super().__init__(model.task, list(model.layers), descents)
        self.model, self.parameters = model, parameters

    @classmethod
    def joining(cls, replicas: Sequence[tuple[Model, Sequence[Descent]]]) -> Self:
        """Turns the tensors of all models into rows of the tensors of one model, keeping their values."""
        models = [model for model, _ in replicas]
        whole = copy.deepcopy(models[0])
        parameters = _joined(whole.parameters(), [model.parameters() for model in models])
        _joined(whole.buffers(), [model.buffers() for model in models])
        return cls(whole, parameters, [descent for _, descents in replicas for descent in descents])

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The sum of the objectives, and the losses; updates the buffers."""
        parameters, buffers = dict(self.model.named_parameters()), dict(self.model.named_buffers())

        def of_one(parameters: State, buffers: State, x: Tensor, y: Tensor | None) -> tuple[Tensor, Tensor, State]:
            state = {**parameters, **buffers}
            objective, losses = torch.func.functional_call(self.model, state, (Batch(x, y),))
            # A buffer changed in place is still a row of its tensor; one that was replaced is not.
            return objective, losses, {name: state[name] for name in buffers if state[name] is not buffers[name]}

        axes = (0, 0, 0, None if batch.y is None else 0)
        vectorized = torch.func.vmap(of_one, in_dims=axes, randomness="different")
        objectives, losses, assigned = vectorized(parameters, buffers, *batch)
        for name, buffer in assigned.items():
            buffers[name].copy_(buffer)
        return objectives.sum(), losses

    def backward(self, objective: Tensor) -> None:
        """Computes the gradients, and gives every replica's parameters their rows."""
        objective.backward()
        for whole, rows in self.parameters:
            gradients = [None] * len(rows) if whole.grad is None else whole.grad.unbind()
            for row, gradient in zip(rows, gradients, strict=True):
                row.grad = gradient
            whole.grad = None


def _joined(wholes: Iterator[Tensor], parts: Sequence[Iterator[Tensor]]) -> Rows:
    """Stacks corresponding tensors ``[...]`` of the replicas into one tensor ``[R, ...]``, whose rows they become."""
    joined = [(whole, rows) for whole, *rows in zip(wholes, *parts, strict=True)]
    for whole, rows in joined:
        whole.data = torch.stack([row.data for row in rows])
        for row, data in zip(rows, whole.data, strict=True):
            row.data = data
    return [(whole, tuple(rows)) for whole, rows in joined]
