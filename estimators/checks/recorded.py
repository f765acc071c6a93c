"""The codes at which an estimator evaluates the cost, in order."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators.checks.problems import OneLayer, distribution
from estimators.checks.sampling import batched, constant_context, seeded
from estimators.estimator import Cost, Deeper, Estimate, Estimator
from estimators.latents import Latent

HARD = 1e-9


class RecordedCalls:
    """A cost that records the codes at which it is evaluated."""

    def __init__(self, cost: Cost, batch: tuple[int, ...]) -> None:
        self.cost = cost
        self.batch = batch
        self.codes: list[Tensor] = []
        self.deeper: list[Deeper] = []
        self.values: list[Tensor] = []
        self.estimate: Estimate | None = None

    def __call__(self, z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
        answer = self.cost(z, deeper)
        self.codes.append(z.detach())
        self.deeper.append(deeper)
        self.values.append(Estimate.of(answer).value)
        return answer

    @property
    def hard(self) -> list[Tensor]:
        """Costs of the calls in which every code was hard, ``[*samples, *batch]`` each."""
        pairs = zip(self.codes, self.values, strict=True)
        return [value for codes, value in pairs if is_hard(codes)]

    def evaluations(self, latent: Latent) -> float:
        """Number of codes per example."""
        examples = torch.Size(self.batch).numel()
        return sum(codes.numel() for codes in self.codes) / (latent.size * examples)


def is_hard(codes: Tensor) -> bool:
    """Whether all elements are 0 or 1, up to the rounding of z + path - path.detach()."""
    return bool(((codes - codes.round()).abs() < HARD).all() and (codes > -HARD).all() and (codes < 1 + HARD).all())


def record(estimator: Estimator, problem: OneLayer, *batch: int, context: bool = True) -> RecordedCalls:
    """One estimate for a batch, with the calls of the cost that it made."""
    parameters = batched(problem.parameters(), *batch)
    recorder = RecordedCalls(problem.cost(parameters), batch)
    q = distribution(problem.latent, parameters["logits"])
    with seeded(3):
        recorder.estimate = estimator(q, recorder, constant_context(*batch) if context else None)
    return recorder
