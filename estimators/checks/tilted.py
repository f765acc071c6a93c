"""Random numbers in which rare events are frequent, with the weights that undo it (importance sampling).

An estimator draws uniform numbers, whatever it makes of them. In most examples one of them, chosen at random, comes
from a density h that favours both ends of (0, 1), where rare classes and extreme noise lie; in some all of them do,
because a rare class may take several. The mean of the weighted estimates is that of the plain ones, with weight

w = 1 / (a + b / D sum_j h(u_j) + c prod_j h(u_j)),  D the numbers drawn per example, a, b and c those shares.

Draws of other kinds than those of :data:`UNIFORM` stay as they are; it costs precision, not correctness, and is noted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.random import get_rng_state

PLAIN_SHARE, ONE_SHARE, ALL_SHARE = 0.25, 0.6, 0.15
RAREST = 1e-10
"""The favoured numbers lie between this and 1/2, and mirrored, uniformly in their logarithm."""


def _exponential(template: Tensor, uniform: Tensor) -> Tensor:
    return template.copy_(-uniform.log())


def _bernoulli(prob: Tensor, uniform: Tensor) -> Tensor:
    return (uniform < prob).to(prob.dtype)


def _between(low: float = 0.0, high: float = 1.0, **bounds: Any) -> tuple[float, float]:
    """The bounds that ``Tensor.uniform_`` was given; "from", a keyword of Python, and "to" are their names."""
    return bounds.get("from", low), bounds.get("to", high)


UNIFORM: Mapping[Any, Callable[[Tensor, Tensor], Tensor]] = {
    torch.rand: lambda drawn, uniform: uniform,
    torch.rand_like: lambda drawn, uniform: uniform,
    Tensor.exponential_: _exponential,
}
"""What becomes of the uniform numbers, by the function that is asked for them."""


class Tilted(TorchFunctionMode):
    """Inside, the draws of ``rows`` examples are tilted where ``numbers``, how many each of them takes, is given.

    Attributes:
        drawn: numbers per example so far.
        everything: whether no random number came from elsewhere.
    """

    def __init__(self, rows: int, numbers: int | None = None) -> None:
        super().__init__()
        self.rows = rows
        self.numbers = numbers
        self.drawn = 0
        self.everything = True
        self.sum_of_densities = torch.zeros(rows, dtype=torch.float64)
        self.log_product = torch.zeros(rows, dtype=torch.float64)
        if numbers is not None:
            share = torch.rand(rows)
            self.chosen = torch.randint(numbers, (rows,)).masked_fill(share > ONE_SHARE, -1)
            self.all = (share > ONE_SHARE + PLAIN_SHARE).nonzero().squeeze(-1)

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.bernoulli and len(args) == 1 and not kwargs and self.rows in args[0].shape:
            return _bernoulli(args[0], self.tilt(torch.rand_like(args[0])))
        before = get_rng_state()
        result = func(*args, **kwargs)
        if isinstance(result, Tensor) and self.rows in result.shape:
            if func is Tensor.uniform_:
                low, high = _between(*args[1:], **kwargs)
                return result.copy_(low + (high - low) * self.tilt((result - low) / (high - low)))
            if func in UNIFORM and not (func is Tensor.exponential_ and (len(args) > 1 or kwargs)):
                uniform = result if func is not Tensor.exponential_ else torch.rand_like(result)
                return UNIFORM[func](result, self.tilt(uniform))
        self.everything &= torch.equal(before, get_rng_state())
        return result

    def tilt(self, uniform: Tensor) -> Tensor:
        place = uniform.shape.index(self.rows)
        numbers = uniform.movedim(place, 0).reshape(self.rows, -1).double()
        first, self.drawn = self.drawn, self.drawn + numbers.shape[1]
        if self.numbers is None:
            return uniform
        mine = ((self.chosen >= first) & (self.chosen < self.drawn)).nonzero().squeeze(-1)
        numbers[mine, self.chosen[mine] - first] = favoured(len(mine))
        numbers[self.all] = favoured(len(self.all) * numbers.shape[1]).reshape(len(self.all), -1)
        found = density(numbers)
        self.sum_of_densities += found.sum(1)
        self.log_product += found.log().sum(1)
        moved = numbers.reshape(self.rows, *uniform.movedim(place, 0).shape[1:])
        return moved.movedim(0, place).to(uniform.dtype).contiguous()

    def due(self, prob: Tensor) -> Tensor:
        """In how many examples a favoured number lies nearer than ``prob`` to 0; in as many another is as near to 1."""
        nearer = (prob / RAREST).log().clamp(min=0) / -math.log(2 * RAREST)
        return self.rows * ONE_SHARE / max(self.drawn, 1) * 0.5 * nearer

    @property
    def weight(self) -> Tensor:
        """``[rows]``."""
        if not self.drawn or self.numbers is None:
            return torch.ones(self.rows, dtype=torch.float64)
        one, all_of_them = self.sum_of_densities / self.drawn, self.log_product.exp()
        return 1 / (PLAIN_SHARE + ONE_SHARE * one + ALL_SHARE * all_of_them)


def favoured(count: int) -> Tensor:
    """Draws from h."""
    near = 0.5 * torch.exp(torch.rand(count, dtype=torch.float64) * math.log(2 * RAREST))
    return torch.where(torch.rand(count) < 0.5, near, 1 - near)


def density(uniform: Tensor) -> Tensor:
    """h."""
    near = torch.minimum(uniform, 1 - uniform)
    return torch.where(near >= RAREST, 0.5 / (near.clamp(min=RAREST) * -math.log(2 * RAREST)), 0.0)
