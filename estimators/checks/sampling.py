"""Many independent estimates at once, along the batch dimension, and their statistics."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from estimators.checks.problems import Parameters, Problem, as_column
from estimators.estimator import Estimate, Estimator

FEW = 500
CHUNK = 25_000
FEWEST = 100_000
MOST = 2_000_000
RESOLUTION = 0.01
"""Standard error, relative to the norm of the exact gradient, at which a bias of 5 % is detected at 4.5 sigma."""
COARSE = 0.02
"""The same for a bias of 10 %."""
SIGMA = 4.5
ROUNDING = 1e-10
CONTEXT_SIZE = 3


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draws inside, on the CPU, come from ``seed``; the caller's random state is restored."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would also seed other devices, for good
        yield


def constant_context(*batch: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """The same layer input ``[*batch, CONTEXT_SIZE]`` for every example."""
    return torch.linspace(-1, 1, CONTEXT_SIZE, dtype=dtype).expand(*batch, CONTEXT_SIZE)


def batched(parameters: Parameters, *batch: int, dtype: torch.dtype = torch.float64) -> Parameters:
    """A separate copy of every parameter for each example, for per-example gradients."""
    return {
        name: value.to(dtype).expand(*batch, *value.shape).clone().requires_grad_()
        for name, value in parameters.items()
    }


def gradients(estimate: Estimate, parameters: Parameters) -> Parameters:
    """Per-example gradients ``[*batch, ...]`` of the surrogate, that of the logits divided by the estimate's scale."""
    leaves = list(parameters.values())
    surrogate = estimate.surrogate.sum()
    if not surrogate.requires_grad:
        return {name: torch.zeros_like(value) for name, value in parameters.items()}
    found = torch.autograd.grad(surrogate, leaves, materialize_grads=True, retain_graph=True)
    result = dict(zip(parameters, found, strict=True))
    if estimate.scale is not None:
        result["logits"] = result["logits"] / as_column(estimate.scale.detach(), result["logits"])
    return result


def largest(numbers: Tensor) -> float:
    """Largest absolute value."""
    return numbers.abs().max().item()


@dataclass(frozen=True)
class Way:
    """The conditions of an estimate on which its mean and variance must not depend.

    Attributes:
        training: in training mode, where each call starts from the estimator's state.
        columns: sizes of further batch dimensions.
        strided: whether the logits are not contiguous in memory.
        dtype: precision of logits, context and estimator.
    """

    training: bool = False
    columns: tuple[int, ...] = ()
    strided: bool = False
    dtype: torch.dtype = torch.float64

    def estimator(self, estimator: Estimator) -> Estimator:
        return copy.deepcopy(estimator).to(self.dtype).train(self.training) if self != PLAIN else estimator

    def parameters(self, problem: Problem, rows: int) -> Parameters:
        batch = (rows // math.prod(self.columns), *self.columns)
        parameters = batched(problem.parameters(), *batch, dtype=self.dtype)
        if self.strided:
            logits = parameters["logits"].detach()
            parameters["logits"] = logits.movedim(0, -1).contiguous().movedim(-1, 0).requires_grad_()
        return parameters

    def __str__(self) -> str:
        mode = "training mode" if self.training else "evaluation mode"
        return f"{mode}, float32" if self.dtype == torch.float32 else mode


PLAIN, TRAINING = Way(), Way(training=True)


def draw(estimator: Estimator, problem: Problem, rows: int, way: Way = PLAIN) -> Parameters:
    """``rows`` independent estimates, by parameter, and the ``value`` of each."""
    parameters = way.parameters(problem, rows)
    batch = parameters["logits"].shape[: 1 + len(way.columns)]
    context = constant_context(*batch, dtype=way.dtype)
    estimate = problem.estimate(way.estimator(estimator), parameters, context)
    found = {**gradients(estimate, parameters), "value": estimate.value}
    return {name: part.flatten(0, len(batch) - 1) for name, part in found.items()}


def same_noise(estimator: Estimator, problem: Problem, rows: int, way: Way = PLAIN) -> Tensor:
    """Gradients of the logits of ``rows`` estimates, from the same noise in every call."""
    with seeded(5):
        return draw(estimator, problem, rows, way)["logits"]


@dataclass(frozen=True)
class Sample:
    """Statistics of independent draws of one vector, ``[rows, numbers]``."""

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
        """Standard error of the mean vector relative to the norm of the exact vector."""
        return math.sqrt(self.total_variance / self.rows) / exact.norm().clamp(min=ROUNDING).item()

    def z_scores(self, exact: Tensor, rounding: float = ROUNDING) -> Tensor:
        """Distance of each coordinate from its exact value in standard errors; rounding errors are tolerated."""
        floor = rounding * (1 + exact.abs().max())
        distance = (self.mean - exact.flatten()).abs()
        return distance / (self.standard_error + floor / SIGMA)

    def z_score(self, exact: Tensor, rounding: float = ROUNDING) -> float:
        """The largest of :meth:`z_scores`."""
        return self.z_scores(exact, rounding).max().item()

    def worst_coordinate(self, exact: Tensor) -> str:
        """The expected value and the estimate at the coordinate with the largest error."""
        place = int(self.z_scores(exact).argmax())
        right, mean, error = exact.flatten()[place], self.mean[place], self.standard_error[place]
        index = ", ".join(str(int(i)) for i in torch.unravel_index(torch.tensor(place), exact.shape or (1,)))
        return f"expected {right:.4g} at [{index}], got {mean:.4g} +- {error:.1g}"


def relative_bias(sample: Sample, exact: Tensor) -> float:
    """Distance of the mean from the exact gradient relative to its norm, noise included."""
    return ((sample.mean - exact.flatten()).norm() / exact.norm().clamp(min=ROUNDING)).item()


def sample(
    estimator: Estimator,
    problem: Problem,
    resolve: Sequence[str] = ("logits",),
    fewest: int = FEWEST,
    *,
    way: Way = PLAIN,
    most: int = MOST,
    chunk: int = CHUNK,
    resolution: float = RESOLUTION,
) -> dict[str, Sample]:
    """Draws estimates until the standard error of the gradients in ``resolve`` is ``resolution`` times their norm.

    At least ``fewest`` draws, or one chunk where there is no noise at all, and at most ``most``.
    """
    exact = problem.exact_gradient()
    with seeded(20161103):
        chunks = [draw(estimator, problem, chunk, way)]
        noise = max(Sample.of(chunks[0][name]).resolution(exact[name]) for name in resolve)
        if noise > ROUNDING:
            # 5 % more, because the first chunk estimates the variance only roughly.
            needed = 1.05 * chunk * (noise / resolution) ** 2
            rows = min(max(fewest, needed), most)
            chunks += [draw(estimator, problem, chunk, way) for _ in range(math.ceil(rows / chunk) - 1)]
    return {name: Sample.of(torch.cat([chunk[name] for chunk in chunks]).double()) for name in chunks[0]}
