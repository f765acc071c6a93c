"""Formulas of moments that are integrated once in a process."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from estimators.checks import Moments
from estimators.checks.additive import Array, Slope


@cache
def kept(formula: Callable[..., Moments], **settings: Any) -> Callable[[Array, Slope], Moments]:
    """The formula at these settings; an integral takes longer than draws that see a difference of 2 % from it."""
    known: dict[bytes, Moments] = {}

    def remembered(logits: Array, slope: Slope) -> Moments:
        if logits.tobytes() not in known:
            known[logits.tobytes()] = formula(logits, slope, **settings)
        return known[logits.tobytes()]

    return remembered
