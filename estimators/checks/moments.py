"""Mean and second moment of an estimator's gradient against a reference that is computed from its formula.

For a biased estimator the exact gradient says little about the code: an extra factor of two, or a temperature applied
twice, is just more bias. But the expectation of its formula is a sum over the codes of one variable and an integral
over its noise. It can be computed to many digits, and a mistake in the code shows as a difference from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch

from estimators.checks.additive import LAYERS, LOGITS, Array, Slope, SumOverVariables
from estimators.checks.check import Check, ExpectedFailures
from estimators.checks.factory import Factory, factory_of
from estimators.checks.result import Broken, CheckResult, Measured, causes
from estimators.checks.sampling import CHUNK, FEWEST, ROUNDING, SIGMA, draw, seeded
from estimators.checks.subject import Subject
from estimators.latents import Latent

MEAN_RESOLUTION, SECOND_RESOLUTION = 0.02, 0.05
"""Differences to detect, relative to the norm of a variable's moment; they determine the number of draws."""
VISIBLE = SIGMA + 2
"""Size, in standard errors, of a difference that is detected with a probability of 98 %."""
COARSEST = 0.5
"""A comparison that would not detect this difference counts as a failure."""
MOST = 500_000


class Moments(NamedTuple):
    """Mean and second moment E[g^2], per coordinate, of the gradient g of the logits of one variable."""

    mean: Array
    second: Array


Reference = Callable[[Array, Slope], Moments]
"""Computes moments from the logits of one variable, ``[]`` for a bit or ``[k]``, and the slope of its cost."""


def check_moments(estimator: Any, reference: Reference, *, most: int = MOST) -> Iterator[CheckResult]:
    """Compares the first two moments of an estimator's gradient with a reference, for both families.

    >>> for result in check_moments(MyEstimator, my_reference):
    ...     print(result)

    The layer has five variables with logits of 0, +-1 and +-5, and its cost is a sum of one nonlinear function of each.
    It is meant for estimators whose gradient of a variable depends only on the slope of that variable's cost, as for
    straight-through and relaxed ones; the noise of different variables must be independent. Half of the draws are in
    training mode.

    Args:
        estimator: as for :func:`~estimators.checks.check_estimator`.
        reference: ``(logits, slope) -> Moments`` of one variable. ``logits`` is ``[]`` for a bit or ``[k]``, and
            ``slope`` maps codes ``[m]`` or ``[m, k]`` to the derivative of the cost in them, all in NumPy.
        most: largest number of draws. Sampling stops when a difference of 2 % in the mean and 5 % in the second moment
            of every variable would be detected; the result says which difference would be.
    """
    return (check.run() for check in moment_checks(factory_of(estimator), reference, most))


def moment_checks(
    factory: Factory, reference: Reference, most: int = MOST, expected_failures: ExpectedFailures = MappingProxyType({})
) -> list[Check]:
    """Both checks on both layers; those of one layer share their draws.

    Raises:
        TypeError: ``reference`` is no function.
    """
    if not callable(reference):
        raise TypeError(f"reference={reference!r:.80}: pass a function (logits, slope) -> Moments")
    checks = []
    for latent in LAYERS:
        comparison = Comparison(factory, reference, latent, most)
        for test in (mean_as_referenced, second_moment_as_referenced):
            call = partial(test, comparison)
            checks.append(Check(test, latent, call, str(comparison.problem), expected_failures))
    return checks


@causes(
    "a factor, a temperature or a slope of the formula is missing or applied twice",
    "a gradient flows through a constant of the formula, or the backward pass has noise of its own",
)
def mean_as_referenced(comparison: Comparison) -> Measured:
    """E[g], with g the gradient of a variable's logits, is that of the reference for every variable."""
    return comparison.compare("mean", 1)


@causes(
    "noise is drawn again, or averaged over a wrong number of draws",
    "variables share noise, if the sum over variables is off",
)
def second_moment_as_referenced(comparison: Comparison) -> Measured:
    """E[g^2] is that of the reference for every variable, and for the sum of g over the variables."""
    return comparison.compare("second moment", 2)


@dataclass(frozen=True)
class Comparison:
    """One estimator and its reference on one layer, with the draws that both checks share.

    Rows of arrays are the variables of the layer. Second moments have a last row for the sum of their gradients, which
    shows whether they are independent.
    """

    factory: Factory
    reference: Reference
    latent: Latent
    most: int

    @cached_property
    def problem(self) -> SumOverVariables:
        return SumOverVariables(self.latent)

    @cached_property
    def expected(self) -> dict[int, Array]:
        """E[g] ``[n(, k)]`` and E[g^2] ``[n + 1(, k)]``, by exponent."""
        every = LOGITS[self.latent.family]
        variables = [self.reference(logits, self.problem.slope) for logits in every]
        mean, second = (np.array(parts) for parts in zip(*variables, strict=True))
        if not mean.shape == second.shape == every.shape:
            shapes = f"{mean.shape[1:]} and {second.shape[1:]} for logits {every.shape[1:]}"
            raise ValueError(f"the reference returns moments of shapes {shapes}; all three must be the same")
        of_sum = mean.sum(0) ** 2 + (second - mean**2).sum(0)
        return {1: mean, 2: np.stack([*second, of_sum])}

    @cached_property
    def found(self) -> Powers:
        estimator, powers = Subject(self.factory, self.latent).fresh, Powers()
        with seeded(20170424):
            while powers.rows < min(FEWEST, self.most) or (powers.rows < self.most and not self.resolved(powers)):
                estimator.train(powers.rows % (2 * CHUNK) == 0)
                gradient = draw(estimator, self.problem, CHUNK)["logits"]
                powers.add(torch.cat([gradient, gradient.sum(1, keepdim=True)], 1).numpy())
        return powers

    def resolved(self, powers: Powers) -> bool:
        return self.visible(powers, 1) <= MEAN_RESOLUTION and self.visible(powers, 2) <= SECOND_RESOLUTION

    def visible(self, powers: Powers, exponent: int) -> float:
        """The difference that would be detected in every variable, relative to the norm of its expected moment."""
        expected = self.expected[exponent]
        error = powers.standard_error(exponent)[: len(expected)]
        of_each = (np.linalg.norm(x.reshape(len(x), -1), axis=1) for x in (error, expected))
        return float(max(VISIBLE * part / max(whole, ROUNDING) for part, whole in zip(*of_each, strict=True)))

    def compare(self, what: str, exponent: int) -> Measured:
        """The z-test of the coordinate with the largest deviation; rounding errors are tolerated."""
        powers = self.found  # before the reference is called, which may exist for one family only
        expected, visible = self.expected[exponent], self.visible(powers, exponent)
        found, error = (x[: len(expected)] for x in (powers.mean(exponent), powers.standard_error(exponent)))
        floor = ROUNDING * (1 + np.abs(expected).max())
        z = np.abs(found - expected) / (error + floor / SIGMA)
        worst = np.unravel_index(z.argmax(), z.shape)  # the first NaN, if there is one
        if z[worst] <= SIGMA and visible > COARSEST:
            raise Broken(f"after {powers.rows:,} draws a difference of {visible:.0%} in the {what} cannot be detected")
        names = [*(f"logits {logits}" for logits in LOGITS[self.latent.family]), "the sum over variables"]
        details = (
            f"expected {expected[worst]:.4g} at {names[worst[0]]}, got {found[worst]:.4g}; "
            f"{powers.rows:,} draws detect {visible:.1%}"
        )
        return Measured(f"{what} of the gradient of the logits, max |z|", float(z[worst]), SIGMA, details)


class Powers:
    """Sums of x, x^2 and x^4 over draws x, by exponent."""

    def __init__(self) -> None:
        self.rows = 0
        self.sums = {exponent: np.zeros(()) for exponent in (1, 2, 4)}

    def add(self, draws: Array) -> None:
        """Adds draws ``[rows, ...]``."""
        self.rows += len(draws)
        self.sums = {exponent: total + (draws**exponent).sum(0) for exponent, total in self.sums.items()}

    def mean(self, exponent: int) -> Array:
        """Mean of x to this power."""
        return self.sums[exponent] / self.rows

    def standard_error(self, exponent: int) -> Array:
        """Standard error of :meth:`mean`, for the exponents 1 and 2."""
        return np.sqrt((self.mean(2 * exponent) - self.mean(exponent) ** 2).clip(0) / self.rows)
