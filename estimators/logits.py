"""What logits may be: of any precision and any size, with -inf for what a mask rules out.

Every :class:`~estimators.distributions.Distribution` takes its logits through :func:`bounded`, so formulas and
estimators see finite numbers of float32 at least and need no case for masks: 0 times a bound is 0, and a class of
probability 0 gets gradient 0.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LIMIT = 1e30
"""Logits from here on are infinite. Large enough that exp(-LIMIT) is 0 at every temperature in use, small enough that
a sum over millions of variables fits into float32."""

INFINITE = 1e20
"""Nats from here on are infinite: more than sums over finite logits come to, and less than a mass of 1e-10 gets at a
logit of ``LIMIT``."""

MANY = 1_000
"""Classes from which on float32 is too coarse for a uniform draw: it has a grid of 2^-24, so that Gumbel noise ends at
16.6, which the largest of a million draws passes 6 % of the time."""


def at_least_float32(x: Tensor) -> Tensor:
    """float16 and bfloat16, as autocast makes them, as float32; the others as they are."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x


def bounded(logits: Tensor) -> Tensor:
    """The logits between -LIMIT and LIMIT, without gradient at the ends; NaN stays NaN."""
    return F.hardtanh(at_least_float32(logits), -LIMIT, LIMIT)


def log_of_impossible(log_prob: Tensor) -> Tensor:
    """-inf, without gradient, for the log-probability of a code that a mask rules out."""
    return F.threshold(log_prob, -INFINITE, -math.inf)
