"""Tests whether two estimators have the same distribution, judged by mean and variance."""

from __future__ import annotations

import math

from estimators.checks.result import Measured, worst
from estimators.checks.sampling import ROUNDING, SIGMA, Sample

VARIANCE_TOLERANCE = 0.05


def same_distribution(first: Sample, second: Sample, what: str, rounding: float = ROUNDING) -> Measured:
    """Equal means and equal total variances; returns the comparison that is closer to failing."""
    return worst((same_mean(first, second, what, rounding), same_variance(first, second, what, rounding)))


def same_mean(first: Sample, second: Sample, what: str, rounding: float = ROUNDING) -> Measured:
    """The means of every coordinate agree within 4.5 standard errors of their difference; rounding is tolerated."""
    error = (first.standard_error.square() + second.standard_error.square()).sqrt()
    floor = rounding * (1 + second.mean.abs().max())
    z = (first.mean - second.mean).abs() / (error + floor / SIGMA)
    place = int(z.argmax())
    details = f"expected {second.mean[place]:.4g} +- {second.standard_error[place]:.1g}, "
    details += f"got {first.mean[place]:.4g} +- {first.standard_error[place]:.1g} at coordinate {place}"
    return Measured(f"{what}: difference of means, max |z|", z[place].item(), SIGMA, details)


def same_variance(first: Sample, second: Sample, what: str, rounding: float = ROUNDING) -> Measured:
    """Total variances agree within 5 %, or within 4.5 standard errors of their difference where that is more."""
    larger = max(first.total_variance, second.total_variance, rounding**2)
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
