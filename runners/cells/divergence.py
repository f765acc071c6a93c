"""Divergence: a loss or a score is infinite or not a number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


class Diverged(ArithmeticError):  # noqa: N818 - an outcome of an experiment
    """The loss, or a score, became infinite or not a number."""

    def __init__(self, step: int, what: str = "the loss") -> None:
        super().__init__(f"{what} was not finite at step {step}")
        self.step = step


def require_finite(scores: Mapping[str, Any], step: int) -> None:
    """Checks the floating-point numbers among the scores.

    Raises:
        Diverged: a score is not finite; the message names the first.
    """
    for name, score in scores.items():
        if isinstance(score, float) and not math.isfinite(score):
            raise Diverged(step, name)
