"""How parameters follow their gradients: clipping, and a step of an optimizer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from omegaconf import DictConfig
from torch import nn

from runners.steps.assemble import build_part

CLIP_NORM = "clip_norm"
"""Key of the optimizers' sections that is no argument of their classes."""


class Descent:
    """Takes some parameters down their gradients.

    Args:
        optimizer: of these parameters.
        clip_norm: largest Euclidean norm of all their gradients together; a longer one is shortened to it (Pascanu,
            Mikolov & Bengio 2013, section 3.2). None for no limit.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, clip_norm: float | None = None) -> None:
        self.optimizer, self.clip_norm = optimizer, clip_norm
        self.parameters: list[nn.Parameter] = [p for group in optimizer.param_groups for p in group["params"]]

    def follow(self) -> None:
        """Changes the parameters by their gradients, which they then have no more."""
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(self.parameters, self.clip_norm)
        self.optimizer.step()
        # As zero_grad does, without what that spends on profiling.
        for parameter in self.parameters:
            parameter.grad = None


def descent_on(
    parameters: Sequence[Any], config: DictConfig, section: Literal["optimizer", "auxiliary_optimizer"]
) -> Descent:
    """The descent that a section of the configuration asks for."""
    optimizer = build_part(config, section, leave_out=[CLIP_NORM], params=list(parameters))
    return Descent(optimizer, config[section].get(CLIP_NORM))
