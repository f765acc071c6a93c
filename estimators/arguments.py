"""Checks of constructors' arguments, which are passed by keyword so that an error can name them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real


def is_finite(value: object) -> bool:
    """Whether it is a finite number; True and False are none."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def at_least(minimum: int, **count: int | None) -> int:
    """Returns the single count passed, after checking that it is an integer of at least ``minimum``."""
    ((name, value),) = count.items()
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name}={value!r}: an integer of at least {minimum} is needed")
    return int(value)


def one_of(options: Sequence[str], **choice: str) -> None:
    """Checks that the single choice passed is one of the options."""
    ((name, value),) = choice.items()
    if value not in options:
        raise ValueError(f"{name}={value!r}: choose one of {', '.join(options)}")


def within(low: float, high: float, **number: float) -> float:
    """Returns the single number passed, after checking that it is finite and lies in [low, high]."""
    ((name, value),) = number.items()
    if not (is_finite(value) and low <= value <= high):
        range_ = f"of at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        raise ValueError(f"{name}={value!r}: a number {range_} is needed")
    return value


def positive(**number: float) -> float:
    """Returns the single number passed, after checking that it is positive and finite."""
    ((name, value),) = number.items()
    if not (is_finite(value) and value > 0):
        raise ValueError(f"{name}={value!r}: a positive number is needed")
    return value


def finite(**number: float) -> float:
    """Returns the single number passed, after checking that it is finite."""
    ((name, value),) = number.items()
    if not is_finite(value):
        raise ValueError(f"{name}={value!r}: a finite number is needed")
    return value
