"""Checks of constructors' arguments, which are passed by keyword so that an error can name them."""

from __future__ import annotations

import math
from collections.abc import Sequence


def at_least(minimum: int, **count: int) -> int:
    """Returns the single count passed, after checking that it is an integer of at least ``minimum``."""
    ((name, value),) = count.items()
    if not isinstance(value, int) or value < minimum:
        raise ValueError(f"{name}={value!r}: an integer of at least {minimum} is needed")
    return value


def one_of(options: Sequence[str], **choice: str) -> None:
    """Checks that the single choice passed is one of the options."""
    ((name, value),) = choice.items()
    if value not in options:
        raise ValueError(f"{name}={value!r}: choose one of {', '.join(options)}")


def within(low: float, high: float, **number: float) -> float:
    """Returns the single number passed, after checking that it is finite and lies in [low, high]."""
    ((name, value),) = number.items()
    if not (low <= value <= high and math.isfinite(value)):
        range_ = f"of at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise ValueError(f"{name}={value}: a number {range_} is needed")
    return value


def positive(**number: float) -> float:
    """Returns the single number passed, after checking that it is positive and finite."""
    ((name, value),) = number.items()
    if not 0 < value < math.inf:
        raise ValueError(f"{name}={value}: a positive number is needed")
    return value
