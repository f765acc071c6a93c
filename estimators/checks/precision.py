"""Computations with float64 logits must be in float64 throughout, including the noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from estimators.checks.result import Broken, causes
from estimators.checks.sampling import batched, constant_context, seeded
from estimators.checks.subject import Subject

ROWS = 16


class LowerPrecision(TorchFunctionMode):
    """Records the torch functions that return tensors of lower precision than float64 with at least ``size`` elements.

    Zeros and ones are ignored, because they are the same in every precision.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.found: list[str] = []

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.is_floating_point() and result.dtype != torch.float64:
            numbers = result.detach()
            if numbers.numel() >= self.size and not ((numbers == 0) | (numbers == 1)).all():
                self.found.append(f"{getattr(func, '__name__', func)} returned {result.dtype}")
        return result


@causes(
    "torch.rand(shape) without dtype=, which is float32, is converted afterwards",
    "a .float() in between",
)
def full_precision(subject: Subject) -> str:
    """With float64 logits, the noise and everything that is computed per variable is float64."""
    problem = subject.problem()
    for training in (True, False):
        parameters = batched(problem.parameters(), ROWS)
        lower = LowerPrecision(ROWS * subject.latent.n)
        estimator = subject.copy(training)
        with seeded(71), lower:
            problem.estimate(estimator, parameters, constant_context(ROWS))
        if lower.found:
            raise Broken(f"with logits of torch.float64 {', '.join(dict.fromkeys(lower.found))}")
    return "float64 throughout"
