"""Gradient descent on some parameters: clipping, the learning rate, and a step of an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from omegaconf import DictConfig
from torch import nn

from runners.steps.assemble import build_part

OWN = ("clip_norm", "schedule")
"""Keys of the optimizers' sections that are not arguments of their classes."""


class Descent:
    """Updates some parameters by their gradients.

    Args:
        optimizer: of these parameters.
        clip_norm: largest Euclidean norm of all their gradients together, to which larger gradients are scaled down
            (Pascanu, Mikolov & Bengio 2013, section 3.2). None for no limit.
        schedule: factor of the optimizer's learning rate, as a function of the number of steps made. None for a
            constant rate.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        clip_norm: float | None = None,
        schedule: Callable[[int], float] | None = None,
    ) -> None:
        self.optimizer, self.clip_norm, self.schedule = optimizer, clip_norm, schedule
        self.update: Callable[[], Any] = optimizer.step
        self.rates: list[float] = [group["lr"] for group in optimizer.param_groups]
        self.parameters: list[nn.Parameter] = [p for group in optimizer.param_groups for p in group["params"]]

    def set_count(self, steps: int) -> None:
        """Sets the learning rate for the step after ``steps`` steps."""
        if self.schedule is None:
            return
        factor = self.schedule(steps)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = factor * rate

    def follow(self) -> None:
        """Updates the parameters by their gradients, and removes the gradients."""
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.update()
        # The same as zero_grad(), without its overhead for profiling.
        for parameter in self.parameters:
            parameter.grad = None


def descent_on(
    parameters: Sequence[Any], config: DictConfig, section: Literal["optimizer", "auxiliary_optimizer"]
) -> Descent:
    """The descent that a section of the configuration describes."""
    optimizer = build_part(config, section, leave_out=OWN, params=list(parameters))
    clip_norm, schedule = (config[section].get(key) for key in OWN)
    return Descent(optimizer, clip_norm, None if schedule is None else build_part(config, f"{section}.schedule"))
