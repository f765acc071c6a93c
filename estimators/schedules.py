"""Values that follow the training step: the temperature of a relaxation, the slope of a straight-through gradient."""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[int], float]
"""Step number to value."""


def constant(value: float) -> Schedule:
    """The same value at every step."""
    _positive(value=value)
    return lambda step: float(value)


def exponential_decay(rate: float, floor: float, every: int = 1, start: float = 1.0) -> Schedule:
    """``max(floor, start * exp(-rate * step))``, brought up to date every ``every`` steps.

    The temperature of Jang, Gu & Poole 2017, section 4.1, has ``start=1, floor=0.5``, ``rate`` in {1e-5, 1e-4} and
    ``every`` in {500, 1000}.
    """
    _positive(rate=rate, floor=floor, every=every, start=start)
    return lambda step: max(floor, start * math.exp(-rate * (step // every * every)))


def linear_growth(rate: float, ceiling: float, every: int = 1, start: float = 1.0) -> Schedule:
    """``min(ceiling, start + rate * step)``, brought up to date every ``every`` steps.

    The slope of Chung, Ahn & Bengio 2016, section 4, grows from 1 to 5 by 0.04 an epoch.
    """
    _positive(rate=rate, ceiling=ceiling, every=every, start=start)
    return lambda step: min(ceiling, start + rate * (step // every * every))


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < math.inf:
            raise ValueError(f"schedule: {name}={value} must be a positive number")
