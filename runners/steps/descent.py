"""How parameters follow their gradients: clipping, the learning rate, and a step of an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from omegaconf import DictConfig
from torch import nn

from runners.steps.assemble import build_part

OWN = ("clip_norm", "schedule")
"""Keys of the optimizers' sections that are no arguments of their classes."""


class Descent:
    """Takes some parameters down their gradients.

    Args:
        optimizer: of these parameters.
        clip_norm: largest Euclidean norm of all their gradients together; a longer one is shortened to it (Pascanu,
            Mikolov & Bengio 2013, section 3.2). None for no limit.
        schedule: factor of the optimizer's learning rate by the number of steps made. None for a rate that is constant.
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
        """Brings the learning rate up to date, after so many steps."""
        if self.schedule is None:
            return
        factor = self.schedule(steps)
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            group["lr"] = factor * rate

    def follow(self) -> None:
        """Changes the parameters by their gradients, which they then have no more."""
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.update()
        # As zero_grad does, without what that spends on profiling.
        for parameter in self.parameters:
            parameter.grad = None


def descent_on(
    parameters: Sequence[Any], config: DictConfig, section: Literal["optimizer", "auxiliary_optimizer"]
) -> Descent:
    """The descent that a section of the configuration asks for."""
    optimizer = build_part(config, section, leave_out=OWN, params=list(parameters))
    clip_norm, schedule = (config[section].get(key) for key in OWN)
    return Descent(optimizer, clip_norm, None if schedule is None else build_part(config, f"{section}.schedule"))
