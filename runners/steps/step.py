"""The training step, which is the same wherever parameters are trained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

from omegaconf import DictConfig
from torch import Tensor, nn

from estimators import Estimator
from runners.steps.descent import Descent, descent_on
from tasks.batches import Batch
from tasks.task import Task


class Step:
    """One update of the task's and of the estimators' parameters, each by the gradient of its own objective.

    Args:
        task: the model.
        estimators: one for each of its stochastic layers.
        descents: one for the task's parameters and, if the estimators have parameters, one for theirs.
    """

    def __init__(self, task: Task, estimators: Sequence[Estimator], descents: Sequence[Descent]) -> None:
        self.task, self.estimators, self.descents = task, estimators, descents

    @classmethod
    def of(cls, config: DictConfig, task: Task, estimators: Sequence[Estimator]) -> Self:
        """The step with the optimizers of a configuration."""
        own = [parameter for estimator in estimators for parameter in estimator.parameters()]
        descents = [descent_on(trainable(task), config, "optimizer")]
        descents += [descent_on(own, config, "auxiliary_optimizer")] if own else []
        return cls(task, estimators, descents)

    @property
    def cost_evaluations(self) -> int:
        """Codes per example at which the cost below the last layer is evaluated, one inside the other."""
        if self.estimators[0].objective == "multi_sample_bound":
            return self.estimators[0].cost_evaluations
        return math.prod(estimator.cost_evaluations for estimator in self.estimators)

    def __call__(self, batch: Batch) -> Tensor:
        """Makes the update; returns the loss of each example, nats: ``[B]``."""
        objective, losses = self.evaluate(batch)
        self.backward(objective)
        self.follow()
        return losses

    def set_count(self, steps: int) -> None:
        """Sets the number of steps made so far, on which temperatures and learning rates may depend."""
        for estimator in self.estimators:
            estimator.set_step(steps)
        for descent in self.descents:
            descent.set_count(steps)

    def evaluate(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The objective to differentiate, a scalar, and the loss of each example, nats: ``[B]``."""
        return evaluate(self.task, self.estimators, batch)

    def backward(self, objective: Tensor) -> None:
        """Computes the gradient of every parameter."""
        objective.backward()

    def follow(self) -> None:
        """Updates the parameters by their gradients, and removes the gradients."""
        for descent in self.descents:
            descent.follow()


def evaluate(task: Task, estimators: Sequence[Estimator], batch: Batch) -> tuple[Tensor, Tensor]:
    """The sum of all objectives, whose gradient gives each parameter that of its own, and the losses, nats: ``[B]``."""
    estimate = task.loss(batch, estimators)
    objective = estimate.surrogate.mean()
    return objective if estimate.auxiliary is None else objective + estimate.auxiliary, estimate.value


def trainable(module: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]
