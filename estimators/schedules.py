"""Values that depend on the training step: a relaxation's temperature, the slope of a straight-through gradient."""

from __future__ import annotations

import math
from collections.abc import Callable

from estimators.arguments import at_least, positive

Schedule = Callable[[int], float]
"""A function from the step number to a positive number."""

SMALLEST, LARGEST = 1e-30, 1e30
"""Bounds of a schedule's values: logits divided by the smallest still fit into float32."""


class constant:  # noqa: N801 - schedules are called as functions, and are classes so that they can be pickled
    """The same value at every step."""

    def __init__(self, value: float) -> None:
        self.value = float(positive(value=value))

    def __call__(self, step: int) -> float:
        return self.value


class exponential_decay:  # noqa: N801
    """``max(floor, start * exp(-rate * step))``, updated every ``every`` steps.

    The temperature of Jang, Gu & Poole 2017, section 4.2, has ``start=1, floor=0.5``, ``rate`` in {1e-5, 1e-4} and
    ``every`` in {500, 1000}.
    """

    def __init__(self, rate: float, floor: float, every: int = 1, start: float = 1.0) -> None:
        self.rate, self.floor = positive(rate=rate), positive(floor=floor)
        self.every, self.start = at_least(1, every=every), positive(start=start)
        if floor > start:
            raise ValueError(f"floor={floor}: it must be at most the start, {start}")

    def __call__(self, step: int) -> float:
        return max(self.floor, self.start * math.exp(-self.rate * (step // self.every * self.every)))


class _Growth:
    """Grows from a start to a ceiling, updated every ``every`` steps."""

    def __init__(self, rate: float, ceiling: float, every: int = 1, start: float = 1.0) -> None:
        self.rate, self.ceiling = positive(rate=rate), positive(ceiling=ceiling)
        self.every, self.start = at_least(1, every=every), positive(start=start)
        if ceiling < start:
            raise ValueError(f"ceiling={ceiling}: it must be at least the start, {start}")


class exponential_growth(_Growth):  # noqa: N801
    """``min(ceiling, start * exp(rate * step))``, updated every ``every`` steps."""

    def __call__(self, step: int) -> float:
        grown = math.log(self.start) + self.rate * (step // self.every * self.every)
        return self.ceiling if grown > math.log(self.ceiling) else math.exp(grown)


class linear_growth(_Growth):  # noqa: N801
    """``min(ceiling, start + rate * step)``, updated every ``every`` steps.

    The slope of Chung, Ahn & Bengio 2016, section 4.1, grows from 1 to 5 by 0.04 per epoch.
    """

    def __call__(self, step: int) -> float:
        return min(self.ceiling, self.start + self.rate * (step // self.every * self.every))


def value_at(step: int, schedule: Schedule, name: str) -> float:
    """The schedule's value at ``step``, as a float.

    Raises:
        ValueError: it is not a number from SMALLEST to LARGEST. The message has ``name``, step, value and range.
    """
    value = schedule(step)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not SMALLEST <= number <= LARGEST:
        allowed = f"a number from {SMALLEST:.3g} to {LARGEST:.3g} is needed"
        raise ValueError(f"{name}: its schedule gives {value!r} at step {step}, {allowed}")
    return number
