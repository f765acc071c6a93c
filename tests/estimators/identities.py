"""Kinds of facts about pairs of estimators that follow from their formulas.

Estimators are given as factories: the class, or ``partial(Class, setting=value)`` where the settings matter. They are
built without context, start untrained and are tested in evaluation mode, on each latent that the identity is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator, Latent
from estimators.checks.comparisons import same_distribution
from estimators.checks.invariances import as_two_classes
from estimators.checks.problems import Kind, OneLayer
from estimators.checks.result import Measured
from estimators.checks.sampling import ROUNDING, Sample, draw, sample, seeded
from estimators.checks.subject import Factory
from estimators.score_function import Reinforce

BITS = (Latent("bernoulli", 4),)
CLASSES = (Latent("categorical", 2, k=4),)
BOTH = BITS + CLASSES


class ReinforceByNoise(Reinforce):
    """REINFORCE at the code that a relaxation's noise decides: the draws of estimators that need the noise too."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return self.at(q.hard(q.noise()), q, cost)


@dataclass(frozen=True)
class Identity:
    """A statement, its test on one latent, and the latents that it is tested on."""

    statement: str
    test: Callable[[Latent], Measured]
    latents: tuple[Latent, ...] = BOTH


def same_draws(
    statement: str, first: Factory, second: Factory, latents: tuple[Latent, ...] = BOTH, kind: Kind = "general"
) -> Identity:
    """Both give the same estimate from the same noise, which they draw in the same order."""

    def test(latent: Latent) -> Measured:
        one, other = (draws(factory, latent, 1_000, kind) for factory in (first, second))
        return Measured("largest difference of two estimates", (one - other).abs().max().item(), ROUNDING)

    return Identity(statement, test, latents)


def exact(statement: str, factory: Factory, latents: tuple[Latent, ...] = BOTH, kind: Kind = "general") -> Identity:
    """Every estimate is the exact gradient."""

    def test(latent: Latent) -> Measured:
        right = OneLayer(latent, kind).exact_gradient()["logits"]
        distance = (draws(factory, latent, 1_000, kind) - right).abs().max().item()
        return Measured("largest distance from the exact gradient", distance, ROUNDING)

    return Identity(statement, test, latents)


def equal_in_distribution(
    statement: str, first: Factory, second: Factory, latents: tuple[Latent, ...] = BOTH
) -> Identity:
    """Both have the same mean and the same total variance."""
    return Identity(statement, lambda latent: same_distribution(*pair(first, second, latent), "of the two"), latents)


def equal_to_bernoulli(statement: str, categorical: Factory, bernoulli: Factory) -> Identity:
    """The first with two classes has the mean and the variance of the second, a Bernoulli estimator."""

    def test(latent: Latent) -> Measured:
        classes = build(categorical, Latent("categorical", latent.n, k=2))
        return as_two_classes(build(bernoulli, latent), classes)

    return Identity(statement, test, BITS)


def no_more_variance(statement: str, first: Factory, second: Factory, latents: tuple[Latent, ...] = BOTH) -> Identity:
    """The total variance of the first is at most that of the second; 3 % are left to noise."""

    def test(latent: Latent) -> Measured:
        one, other = pair(first, second, latent)
        return Measured("ratio of total variances", one.total_variance / other.total_variance, 1.03)

    return Identity(statement, test, latents)


def near(statement: str, first: Factory, second: Factory, share: float, latents: tuple[Latent, ...] = BOTH) -> Identity:
    """The mean of the first is off from that of the second by less than this share of its norm."""

    def test(latent: Latent) -> Measured:
        one, other = pair(first, second, latent)
        distance = (one.mean - other.mean).norm() / other.mean.norm()
        return Measured("difference of means, share of the norm", distance.item(), share)

    return Identity(statement, test, latents)


def vanishing(statement: str, factory: Factory, limit: float, latents: tuple[Latent, ...] = BOTH) -> Identity:
    """No estimate is longer than ``limit`` nats."""

    def test(latent: Latent) -> Measured:
        longest = draws(factory, latent, 1_000).flatten(1).norm(dim=1).max().item()
        return Measured("longest gradient", longest, limit)

    return Identity(statement, test, latents)


def build(factory: Factory, latent: Latent) -> Estimator:
    with seeded(1):
        return factory(latent, None).double().eval()


def draws(factory: Factory, latent: Latent, rows: int, kind: Kind = "general") -> Tensor:
    with seeded(51):
        return draw(build(factory, latent), OneLayer(latent, kind), rows)["logits"]


def pair(first: Factory, second: Factory, latent: Latent) -> tuple[Sample, Sample]:
    problem = OneLayer(latent)
    one, other = (sample(build(factory, latent), problem)["logits"] for factory in (first, second))
    return one, other
