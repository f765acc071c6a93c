"""Importance sampling of random numbers, so that rare events become frequent.

Whatever an estimator does with them, its random numbers are uniform. In a share b of the examples, one of them, chosen
at random, comes from a density h that favours both ends of (0, 1), where rare classes and extreme noise lie; in a share
c all of them do, because a rare class may need several; in the remaining share a none does. The estimates weighted by

w = 1 / (a + b / D sum_j h(u_j) + c prod_j h(u_j)),  with D the number of draws per example,

have the mean of the plain ones. Random functions other than ``rand``, ``rand_like``, ``bernoulli``, ``uniform_`` and
``exponential_`` are not changed, which costs precision but not correctness, and is recorded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.random import get_rng_state

PLAIN_SHARE, ONE_SHARE, ALL_SHARE = 0.25, 0.6, 0.15
RAREST = 1e-10
"""Draws from h are log-uniform between this and 1/2, and mirrored with probability 1/2."""


def _between(low: float = 0.0, high: float = 1.0, **bounds: Any) -> tuple[float, float]:
    """The bounds passed to ``Tensor.uniform_``, whose names are "from", a keyword of Python, and "to"."""
    return bounds.get("from", low), bounds.get("to", high)


class Tilted(TorchFunctionMode):
    """Within this mode, draws for ``rows`` examples are tilted if ``numbers``, the draws per example, is given.

    Attributes:
        drawn: number of draws per example so far.
        everything: whether all random numbers came from the functions that are tilted.
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
            return (self.tilt(torch.rand_like(args[0])) < args[0]).to(args[0].dtype)
        before = get_rng_state()
        result = func(*args, **kwargs)
        if isinstance(result, Tensor) and self.rows in result.shape:
            if func in (torch.rand, torch.rand_like):
                return self.tilt(result)
            if func is Tensor.uniform_:
                low, high = _between(*args[1:], **kwargs)
                return result.copy_(low + (high - low) * self.tilt((result - low) / (high - low)))
            if func is Tensor.exponential_ and len(args) == 1 and not kwargs:
                return result.copy_(-self.tilt(torch.rand_like(result)).log())
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
        """Expected number of examples in which a given draw is tilted and below ``prob``, or above 1 - ``prob``."""
        nearer = (prob / RAREST).log().clamp(min=0) / -math.log(2 * RAREST)
        return self.rows * ONE_SHARE / max(self.drawn, 1) * 0.5 * nearer

    @property
    def weight(self) -> Tensor:
        """Importance weights w, ``[rows]``."""
        if not self.drawn or self.numbers is None:
            return torch.ones(self.rows, dtype=torch.float64)
        one, all_of_them = self.sum_of_densities / self.drawn, self.log_product.exp()
        return 1 / (PLAIN_SHARE + ONE_SHARE * one + ALL_SHARE * all_of_them)


def favoured(count: int) -> Tensor:
    """Draws from h."""
    near = 0.5 * torch.exp(torch.rand(count, dtype=torch.float64) * math.log(2 * RAREST))
    return torch.where(torch.rand(count) < 0.5, near, 1 - near)


def density(uniform: Tensor) -> Tensor:
    """The density h."""
    near = torch.minimum(uniform, 1 - uniform)
    return torch.where(near >= RAREST, 0.5 / (near.clamp(min=RAREST) * -math.log(2 * RAREST)), 0.0)
