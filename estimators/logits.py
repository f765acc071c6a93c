"""Bounds on logits, which may have any precision and any size, and be -inf where a mask excludes a class.

Every :class:`~estimators.distributions.Distribution` passes its logits through :func:`bounded`, so formulas and
estimators see finite numbers in at least float32 and need no special case for masks: 0 times a bound is 0, and a class
of probability 0 gets gradient 0.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

LIMIT = 1e30
"""Logits of this size and above count as infinite. Large enough that exp(-LIMIT) is 0 at every temperature in use,
small enough that a sum over millions of variables fits into float32."""

INFINITE = 1e20
"""Values in nats from here on count as infinite: more than any sum over finite logits, and less than a probability of
1e-10 times a logit of ``LIMIT``."""

MANY = 1_000
"""Number of classes from which float32 is too coarse for a uniform draw: its grid is 2^-24, so that Gumbel noise ends
at 16.6, which the largest of a million draws exceeds 6 % of the time."""


def at_least_float32(x: Tensor) -> Tensor:
    """Converts to float32 what is neither float32 nor float64: float16 and bfloat16 of autocast, counts, booleans."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()


def bounded(logits: Tensor) -> Tensor:
    """The logits clamped to [-LIMIT, LIMIT], without gradient at the ends; NaN stays NaN."""
    return F.hardtanh(at_least_float32(logits), -LIMIT, LIMIT)


def log_of_impossible(log_prob: Tensor) -> Tensor:
    """-inf, without gradient, for the log-probability of a code that a mask excludes."""
    return F.threshold(log_prob, -INFINITE, -math.inf)
