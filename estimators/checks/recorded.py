"""What happens inside one call: the codes at which the cost is evaluated, and the results of torch's functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from estimators.checks.problems import OneLayer, Parameters, distribution
from estimators.checks.sampling import batched, constant_context
from estimators.estimator import Deeper, Estimate, Estimator

HARD = 1e-9


@dataclass(frozen=True)
class Recorded:
    """One call of an estimator for a batch.

    Attributes:
        parameters: those of the problem, for each example.
        codes: those of each evaluation of the cost, ``[*samples, *batch, n(, k)]``.
        deeper: what each evaluation said about the layers below.
        values: the value of each evaluation, ``[*samples, *batch]``.
    """

    estimate: Estimate
    parameters: Parameters
    codes: list[Tensor]
    deeper: list[Deeper]
    values: list[Tensor]

    @property
    def hard(self) -> list[Tensor]:
        """Codes of the evaluations in which all were hard."""
        return [codes for codes in self.codes if is_hard(codes)]


def is_hard(codes: Tensor) -> bool:
    """Whether all elements are 0 or 1, up to the rounding of z + path - path.detach()."""
    return bool(((codes - codes.round()).abs() < HARD).all() and (codes > -HARD).all() and (codes < 1 + HARD).all())


def record(
    estimator: Estimator, problem: OneLayer, *batch: int, context: bool = True, dtype: torch.dtype = torch.float64
) -> Recorded:
    """One call for a batch, with the evaluations of the cost that it made."""
    codes: list[Tensor] = []
    said: list[Deeper] = []
    values: list[Tensor] = []
    parameters = batched(problem.parameters(), *batch, dtype=dtype)
    cost = problem.cost(parameters)

    def watched(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        answer = cost(z, deeper)
        codes.append(z.detach())
        said.append(deeper)
        values.append(Estimate.of(answer).value)
        return answer

    q = distribution(problem.latent, parameters["logits"])
    estimate = estimator(q, watched, constant_context(*batch, dtype=dtype) if context else None)
    return Recorded(estimate, parameters, codes, said, values)


class Results(TorchFunctionMode):
    """Inside, ``see`` is called with every torch function and its result."""

    def __init__(self, see: Callable[[Any, Any], object]) -> None:
        super().__init__()
        self.see = see

    def __torch_function__(
        self, func: Any, types: Sequence[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        self.see(func, result)
        return result
