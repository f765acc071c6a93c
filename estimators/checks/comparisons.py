"""Tests of a mean against its exact value, and of two estimators against each other by mean and variance."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from estimators.checks.problems import Problem
from estimators.checks.result import Broken, Measured, worst
from estimators.checks.sampling import (
    CHUNK,
    COARSE,
    FEWEST,
    RESOLUTION,
    ROUNDING,
    SIGMA,
    TRAINING,
    Sample,
    largest,
    relative_bias,
    sample,
)
from estimators.estimator import Estimator

VARIANCE_TOLERANCE = 0.05


def no_bias(
    what: str,
    found: Sample,
    exact: Tensor,
    problem: object = "",
    resolution: float | None = RESOLUTION,
    rounding: float = ROUNDING,
) -> Measured:
    """The z-test of a mean against its exact value; it fails if the draws are too noisy to detect a bias of 5 %.

    Args:
        resolution: the requested standard error, relative to the norm; None if any is good enough.
        rounding: differences up to this, relative to the largest number, are tolerated.
    """
    reached = found.resolution(exact)
    if resolution is not None and reached > 1.1 * resolution:
        raise Broken(
            f"{what}: after {found.rows:,} draws the standard error is still {reached:.1%} of the exact gradient's "
            f"norm; a bias of {5 * resolution:.0%} cannot be detected"
        )
    off = f"off by {relative_bias(found, exact):.2%} of the norm, {found.rows:,} draws"
    details = f"{found.worst_coordinate(exact)}; {off}"
    return Measured(f"{what}, max |z|", found.z_score(exact, rounding), SIGMA, details, problem=str(problem))


def exact_mean(
    estimator: Estimator, problem: Problem, about: str = "", what: str = "gradient of the logits"
) -> Measured:
    """Tests the mean gradient of the logits in training mode, with enough draws to detect a bias of 10 %."""
    found = sample(estimator, problem, fewest=CHUNK, way=TRAINING, most=FEWEST, resolution=COARSE)["logits"]
    return no_bias(what, found, problem.exact_gradient()["logits"], f"{problem}{about}", None)


def vanishes(draws: Tensor, what: str, in_each: bool, tolerance: float = ROUNDING) -> Measured:
    """Tests whether ``draws``, ``[rows, ...]``, are zero: each of them, or only their mean."""
    if in_each:
        return Measured(f"largest {what}", largest(draws), tolerance)
    return Measured(f"mean {what}, max |z|", Sample.of(draws).z_score(torch.zeros_like(draws[0])), SIGMA)


def same_distribution(first: Sample, second: Sample, what: str) -> Measured:
    """Equal means and equal total variances; returns the comparison that is closer to failing."""
    return worst((same_mean(first, second, what), same_variance(first, second, what)))


def same_mean(first: Sample, second: Sample, what: str, rounding: float = ROUNDING) -> Measured:
    """The means of every coordinate agree within 4.5 standard errors of their difference; rounding is tolerated."""
    error = (first.standard_error.square() + second.standard_error.square()).sqrt()
    floor = rounding * (1 + second.mean.abs().max())
    z = (first.mean - second.mean).abs() / (error + floor / SIGMA)
    place = int(z.argmax())
    details = f"expected {second.mean[place]:.4g} +- {second.standard_error[place]:.1g}, "
    details += f"got {first.mean[place]:.4g} +- {first.standard_error[place]:.1g} at coordinate {place}"
    return Measured(f"{what}: difference of means, max |z|", z[place].item(), SIGMA, details)


def same_variance(first: Sample, second: Sample, what: str) -> Measured:
    """Total variances agree within 5 %, or within 4.5 standard errors of their difference where that is more."""
    larger = max(first.total_variance, second.total_variance, ROUNDING**2)
    noise = math.hypot(first.spread_error, second.spread_error) / larger
    difference = abs(first.total_variance - second.total_variance) / larger
    details = f"expected {second.total_variance:.4g}, got {first.total_variance:.4g}"
    what = f"{what}: difference of variances relative to the larger"
    return Measured(what, difference, max(VARIANCE_TOLERANCE, SIGMA * noise), details)


def variance_ratio(first: Sample, second: Sample, what: str) -> Measured:
    """Total variances agree within a factor of 1.5."""
    low, high = sorted((first.total_variance, second.total_variance))
    ratio = high / low if low > ROUNDING**2 else 1 + high / ROUNDING
    details = f"expected {second.total_variance:.4g}, got {first.total_variance:.4g}"
    return Measured(f"{what}: ratio of variances", ratio, 1.5, details)
