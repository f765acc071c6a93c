"""Random numbers in which rare events are frequent, with the weights that undo it (importance sampling).

An estimator draws uniform numbers, whatever it makes of them. In each example's draw at most one of them, chosen at
random, comes from a density h that favours both ends of (0, 1), where rare classes and extreme noise lie. The mean of
the weighted estimates is that of the plain ones, with weight

w = 1 / (a + (1 - a) / D sum_j h(u_j)),  D the numbers drawn per example, a the share of examples left as they are.

Draws of other kinds than those of :data:`UNIFORM` stay as they are; that costs precision, not correctness.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

PLAIN_SHARE = 0.25
RAREST = 1e-10
"""The favoured numbers lie between this and 1/2, and mirrored, uniformly in their logarithm."""


def _exponential(template: Tensor, uniform: Tensor) -> Tensor:
    return template.copy_(-uniform.log())


def _bernoulli(prob: Tensor, uniform: Tensor) -> Tensor:
    return (uniform < prob).to(prob.dtype)


UNIFORM: Mapping[Any, Callable[[Tensor, Tensor], Tensor]] = {
    torch.rand: lambda drawn, uniform: uniform,
    torch.rand_like: lambda drawn, uniform: uniform,
    Tensor.uniform_: lambda drawn, uniform: drawn.copy_(uniform),
    Tensor.exponential_: _exponential,
}
"""What becomes of the uniform numbers, by the function that is asked for them."""


class Tilted(TorchFunctionMode):
    """Inside, the draws of ``rows`` examples are tilted where ``numbers``, how many each of them takes, is given.

    Attributes:
        drawn: numbers per example so far.
    """

    def __init__(self, rows: int, numbers: int | None = None) -> None:
        super().__init__()
        self.rows = rows
        self.numbers = numbers
        self.drawn = 0
        self.density = torch.zeros(rows, dtype=torch.float64)
        if numbers is not None:
            self.chosen = torch.randint(numbers, (rows,))
            self.chosen[torch.rand(rows) < PLAIN_SHARE] = -1

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.bernoulli and len(args) == 1 and not kwargs:
            uniform = self.tilt(torch.rand_like(args[0]))
            return _bernoulli(args[0], uniform)
        result = func(*args, **kwargs)
        plain = func in UNIFORM and not (func in (Tensor.uniform_, Tensor.exponential_) and (len(args) > 1 or kwargs))
        if plain and self.rows in result.shape:
            uniform = result if func is not Tensor.exponential_ else torch.rand_like(result)
            return UNIFORM[func](result, self.tilt(uniform))
        return result

    def tilt(self, uniform: Tensor) -> Tensor:
        if self.rows not in uniform.shape:
            return uniform
        place = uniform.shape.index(self.rows)
        numbers = uniform.movedim(place, 0).reshape(self.rows, -1).double()
        first, self.drawn = self.drawn, self.drawn + numbers.shape[1]
        if self.numbers is None:
            return uniform
        mine = ((self.chosen >= first) & (self.chosen < self.drawn)).nonzero().squeeze(-1)
        numbers[mine, self.chosen[mine] - first] = favoured(len(mine))
        self.density += density(numbers).sum(1)
        moved = numbers.reshape(self.rows, *uniform.movedim(place, 0).shape[1:])
        return moved.movedim(0, place).to(uniform.dtype).contiguous()

    @property
    def weight(self) -> Tensor:
        """``[rows]``."""
        if not self.drawn or self.numbers is None:
            return torch.ones(self.rows, dtype=torch.float64)
        return 1 / (PLAIN_SHARE + (1 - PLAIN_SHARE) / self.drawn * self.density)


def favoured(count: int) -> Tensor:
    """Draws from h."""
    near = 0.5 * torch.exp(torch.rand(count, dtype=torch.float64) * math.log(2 * RAREST))
    return torch.where(torch.rand(count) < 0.5, near, 1 - near)


def density(uniform: Tensor) -> Tensor:
    """h."""
    near = torch.minimum(uniform, 1 - uniform)
    return torch.where(near >= RAREST, 0.5 / (near.clamp(min=RAREST) * -math.log(2 * RAREST)), 0.0)
