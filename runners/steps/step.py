"""One update of all parameters, each by the gradient of its own objective."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from omegaconf import DictConfig
from torch import Tensor, nn

from estimators import Estimate, Estimator
from runners.steps.assemble import build_part
from tasks.batches import Batch
from tasks.task import Task


def update(
    task: Task, estimators: Sequence[Estimator], optimizers: Sequence[torch.optim.Optimizer], batch: Batch
) -> Estimate:
    """One update of the task's and of the estimators' parameters; returns the estimate that it followed."""
    estimate, objective = forward(task, estimators, batch)
    objective.backward()
    follow_gradients(optimizers)
    return estimate


def forward(task: Task, estimators: Sequence[Estimator], batch: Batch) -> tuple[Estimate, Tensor]:
    """The estimate on a batch, and the scalar whose gradient is that of all parameters, each of its own objective."""
    estimate = task.loss(batch, estimators)
    objective = estimate.surrogate.mean()
    return estimate, objective if estimate.auxiliary is None else objective + estimate.auxiliary


def follow_gradients(optimizers: Sequence[torch.optim.Optimizer]) -> None:
    """One step of each optimizer, after which its parameters have no gradient."""
    for optimizer in optimizers:
        optimizer.step()
        # As zero_grad does, without what that spends on profiling.
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None


def optimizers_for(config: DictConfig, task: nn.Module, estimators: nn.Module) -> list[torch.optim.Optimizer]:
    """One for the task's parameters and, where the estimators have any, one for theirs."""
    own = list(estimators.parameters())
    optimizers = [build_part(config, "optimizer", params=[p for p in task.parameters() if p.requires_grad])]
    return optimizers + ([build_part(config, "auxiliary_optimizer", params=own)] if own else [])
