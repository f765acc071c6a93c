"""Whether two estimators give results of the same distribution, as far as mean and variance tell."""

from __future__ import annotations

import math

from estimators.checks.result import Measured
from estimators.checks.sampling import ROUNDING, SIGMA, Sample

VARIANCE_TOLERANCE = 0.05


def same_law(first: Sample, second: Sample, what: str) -> Measured:
    """Equal means and equal total variances; of the two the comparison that came closer to failing."""
    tests = (same_mean(first, second, what), same_variance(first, second, what))
    return max(tests, key=lambda test: test.statistic / test.tolerance)


def same_mean(first: Sample, second: Sample, what: str) -> Measured:
    """Every coordinate's means within 4.5 standard errors of their difference; differences by rounding are 0."""
    error = (first.standard_error.square() + second.standard_error.square()).sqrt()
    floor = ROUNDING * (1 + second.mean.abs().max())
    z = ((first.mean - second.mean).abs() / (error + floor / SIGMA)).max().item()
    return Measured(f"{what}: difference of means, max |z|", z, SIGMA)


def same_variance(first: Sample, second: Sample, what: str) -> Measured:
    """Total variances within 5 %, or within 4.5 standard errors of their difference where that is more."""
    larger = max(first.total_variance, second.total_variance, ROUNDING**2)
    noise = math.hypot(first.spread_error, second.spread_error) / larger
    difference = abs(first.total_variance - second.total_variance) / larger
    return Measured(f"{what}: difference of variances", difference, max(VARIANCE_TOLERANCE, SIGMA * noise))
