"""The updates of PyTorch's optimizers as operations on tensors alone, so that a compiled step can contain them.

An optimizer computes the bias corrections of its moments in Python. Here, they are computed from the number of steps in
its state, a tensor; the learning rate is a tensor too, which is only written when it has changed. The state is kept in
the optimizer itself, so that checkpoints are the same as without compiling.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

Group = dict[str, Any]
"""Parameters of an optimizer that share their options, as ``torch.optim`` keeps them."""


class TensorUpdate(ABC):
    """The update that an optimizer makes.

    Args:
        optimizer: keeps the state and the options.

    Raises:
        ValueError: an option is not supported; the message is ``OPTION=VALUE``.
    """

    known: ClassVar[frozenset[str]]
    """Supported options, apart from those that only choose PyTorch's implementation."""

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            self._check(group)
            for parameter in group["params"]:
                if not optimizer.state[parameter]:
                    optimizer.state[parameter].update(self.initial(parameter, group))
        device = optimizer.param_groups[0]["params"][0].device
        self._written: list[float] = [group["lr"] for group in optimizer.param_groups]
        self.rates = [torch.tensor(float(rate), device=device) for rate in self._written]

    def _check(self, group: Group) -> None:
        same = {"params", "initial_lr", "fused", "foreach", "capturable", "differentiable"}
        for option, value in group.items():
            if option not in self.known | same and value:
                raise ValueError(f"{option}={value}")

    @property
    def state(self) -> list[Tensor]:
        """All tensors that a step reads or changes besides the parameters and their gradients."""
        states = self.optimizer.state.values()
        return self.rates + [value for state in states for value in state.values() if isinstance(value, Tensor)]

    def begin(self) -> None:
        """Sets the learning rates of the next step."""
        now = [group["lr"] for group in self.optimizer.param_groups]
        if now != self._written:
            self._written = now
            for rate, value in zip(self.rates, now, strict=True):
                rate.fill_(value)

    @torch.no_grad()
    def step(self) -> None:
        """Changes every parameter that has a gradient."""
        for group, rate in zip(self.optimizer.param_groups, self.rates, strict=True):
            numbers: Sequence[Tensor] = ()
            for parameter in group["params"]:
                if parameter.grad is not None:
                    state = self.optimizer.state[parameter]
                    numbers = numbers or self.numbers_of(state, group, rate)
                    self.change(parameter, parameter.grad, state, group, numbers)

    @abstractmethod
    def initial(self, parameter: nn.Parameter, group: Group) -> dict[str, Tensor]:
        """The state before the first step."""

    def numbers_of(self, state: Mapping[str, Tensor], group: Group, rate: Tensor) -> Sequence[Tensor]:
        """The scalars of a step that the parameters of a group share, from the state of one of them before the step."""
        return (rate,)

    @abstractmethod
    def change(
        self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], group: Group, numbers: Sequence[Tensor]
    ) -> None:
        """Changes a parameter and its state in place."""


class AdamUpdate(TensorUpdate):
    """Adam (Kingma & Ba 2015, algorithm 1) and AdamW (Loshchilov & Hutter 2019, algorithm 2)."""

    known = frozenset({"lr", "betas", "eps", "weight_decay", "decoupled_weight_decay"})

    def initial(self, parameter: nn.Parameter, group: Group) -> dict[str, Tensor]:
        zeros = torch.zeros_like(parameter, memory_format=torch.preserve_format, requires_grad=False)
        step = torch.zeros((), dtype=torch.float32, device=parameter.device if group["fused"] else "cpu")
        return {"step": step, "exp_avg": zeros, "exp_avg_sq": zeros.clone()}

    def numbers_of(self, state: Mapping[str, Tensor], group: Group, rate: Tensor) -> Sequence[Tensor]:
        """The factors of the first moment, of the root of the second moment, and of weight decay."""
        # With exp, not pow: Inductor computes exp once, and pow again for every element.
        count = state["step"].double() + 1
        logarithms = [math.log(decay) if decay else -math.inf for decay in group["betas"]]
        mean_weight, square_weight = (1 - torch.exp(logarithm * count) for logarithm in logarithms)
        return (rate / mean_weight).float(), square_weight.rsqrt().float(), rate

    def change(
        self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], group: Group, numbers: Sequence[Tensor]
    ) -> None:
        (mean_decay, square_decay), (mean_factor, root_factor, rate) = group["betas"], numbers
        decay, mean, square = group["weight_decay"], state["exp_avg"], state["exp_avg_sq"]
        if decay and self._decoupled(group):
            parameter.mul_(1 - decay * rate)
        elif decay:
            gradient = gradient + decay * parameter
        state["step"].add_(1)
        mean.lerp_(gradient, 1 - mean_decay)
        square.mul_(square_decay).add_((1 - square_decay) * gradient * gradient)
        parameter.sub_(mean_factor * mean / (square.sqrt() * root_factor + group["eps"]))

    def _decoupled(self, group: Group) -> bool:
        return group.get("decoupled_weight_decay", isinstance(self.optimizer, torch.optim.AdamW))


class SGDUpdate(TensorUpdate):
    """Stochastic gradient descent, optionally with momentum or Nesterov momentum as PyTorch defines them."""

    known = frozenset({"lr", "momentum", "nesterov", "weight_decay"})

    def initial(self, parameter: nn.Parameter, group: Group) -> dict[str, Tensor]:
        return {"momentum_buffer": torch.zeros_like(parameter, requires_grad=False)} if group["momentum"] else {}

    def change(
        self, parameter: Tensor, gradient: Tensor, state: Mapping[str, Tensor], group: Group, numbers: Sequence[Tensor]
    ) -> None:
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        if group["momentum"]:
            buffer = state["momentum_buffer"].mul_(group["momentum"]).add_(gradient)
            gradient = gradient + group["momentum"] * buffer if group["nesterov"] else buffer
        parameter.sub_(numbers[0] * gradient)


UPDATES: dict[type[torch.optim.Optimizer], type[TensorUpdate]] = {
    torch.optim.Adam: AdamUpdate,
    torch.optim.AdamW: AdamUpdate,
    torch.optim.SGD: SGDUpdate,
}
"""The supported optimizers, by exact class: a derived class may do anything."""


def update_of(optimizer: torch.optim.Optimizer) -> TensorUpdate:
    """The update for an optimizer.

    Raises:
        ValueError: the optimizer or one of its options is not supported; the message says which.
    """
    kind = UPDATES.get(type(optimizer))
    if kind is None:
        raise ValueError(f"_target_={type(optimizer).__module__}.{type(optimizer).__qualname__}")
    return kind(optimizer)
