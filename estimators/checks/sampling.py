"""Many independent estimates at once, on the batch axis, and their statistics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from estimators.checks.problems import Parameters, Problem, as_column
from estimators.estimator import Estimate, Estimator

CHUNK = 25_000
FEWEST = 100_000
MOST = 2_000_000
RESOLUTION = 0.01
"""Standard error, as a share of the exact gradient's norm, at which a bias of 5 % stands out at 4.5 sigma."""
SIGMA = 4.5
ROUNDING = 1e-10
CONTEXT_SIZE = 3


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draws inside come from ``seed``; the caller's random state is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def constant_context(*batch: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """The same layer input ``[*batch, CONTEXT_SIZE]`` for every example."""
    return torch.linspace(-1, 1, CONTEXT_SIZE, dtype=dtype).expand(*batch, CONTEXT_SIZE)


def batched(parameters: Parameters, *batch: int, dtype: torch.dtype = torch.float64) -> Parameters:
    """A separate copy of every parameter for each example, ready for per-example gradients."""
    return {
        name: value.to(dtype).expand(*batch, *value.shape).clone().requires_grad_()
        for name, value in parameters.items()
    }


def gradients(estimate: Estimate, parameters: Parameters) -> Parameters:
    """Per-example gradients ``[*batch, ...]`` of the surrogate, that of the logits freed of the estimate's scale."""
    leaves = list(parameters.values())
    surrogate = estimate.surrogate.sum()
    if not surrogate.requires_grad:
        return {name: torch.zeros_like(value) for name, value in parameters.items()}
    found = torch.autograd.grad(surrogate, leaves, materialize_grads=True, retain_graph=True)
    result = dict(zip(parameters, found, strict=True))
    if estimate.scale is not None:
        result["logits"] = result["logits"] / as_column(estimate.scale.detach(), result["logits"])
    return result


def draw(estimator: Estimator, problem: Problem, rows: int) -> Parameters:
    """``rows`` independent estimates, by parameter, and the ``value`` of each."""
    parameters = batched(problem.parameters(), rows)
    estimate = problem.estimate(estimator, parameters, constant_context(rows))
    return {**gradients(estimate, parameters), "value": estimate.value}


@dataclass(frozen=True)
class Sample:
    """Independent draws of one vector ``[rows, numbers]``, summed up."""

    mean: Tensor
    variance: Tensor
    rows: int
    spread_error: float
    """Standard error of :attr:`total_variance`."""

    @classmethod
    def of(cls, draws: Tensor) -> Sample:
        draws = draws.detach().reshape(len(draws), -1)
        mean = draws.mean(0)
        squares = (draws - mean).square()
        spread_error = squares.sum(-1).std().item() / math.sqrt(len(draws))
        return cls(mean, squares.mean(0), len(draws), spread_error)

    @property
    def standard_error(self) -> Tensor:
        return (self.variance / self.rows).sqrt()

    @property
    def total_variance(self) -> float:
        return self.variance.sum().item()

    def resolution(self, exact: Tensor) -> float:
        """Standard error of the mean vector as a share of the exact vector's norm."""
        return math.sqrt(self.total_variance / self.rows) / exact.norm().clamp(min=ROUNDING).item()

    def z_score(self, exact: Tensor) -> float:
        """Largest distance of a coordinate from its exact value, in standard errors; differences by rounding are 0."""
        floor = ROUNDING * (1 + exact.abs().max())
        distance = (self.mean - exact.flatten()).abs()
        return (distance / (self.standard_error + floor / SIGMA)).max().item()


def relative_bias(sample: Sample, exact: Tensor) -> float:
    """Distance of the mean from the exact gradient as a share of its norm; noise included."""
    return ((sample.mean - exact.flatten()).norm() / exact.norm().clamp(min=ROUNDING)).item()


def sample(
    estimator: Estimator, problem: Problem, resolve: Sequence[str] = ("logits",), fewest: int = FEWEST
) -> dict[str, Sample]:
    """As many draws as bring the standard error of the gradients in ``resolve`` to 1 % of their norm.

    At least ``fewest``, or one chunk where there is no noise at all; at most :data:`MOST`.
    """
    exact = problem.exact_gradient()
    with seeded(20161103):
        chunks = [draw(estimator, problem, CHUNK)]
        noise = max(Sample.of(chunks[0][name]).resolution(exact[name]) for name in resolve)
        if noise > ROUNDING:
            # 5 % more, because the first chunk knows the variance only roughly.
            needed = 1.05 * CHUNK * (noise / RESOLUTION) ** 2
            rows = min(max(fewest, needed), MOST)
            chunks += [draw(estimator, problem, CHUNK) for _ in range(math.ceil(rows / CHUNK) - 1)]
    return {name: Sample.of(torch.cat([chunk[name] for chunk in chunks])) for name in chunks[0]}
