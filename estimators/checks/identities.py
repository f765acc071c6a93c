"""Facts about single estimators and pairs of them that follow from their formulas, one line each.

To add one, add a line to :data:`IDENTITIES` under the class that it is about. Estimators are given as factories: the
class, or ``partial(Class, setting=value)`` where the settings matter. They are built without context, start untrained
and are tested in evaluation mode, once for each family on the largest latent that the class accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from estimators.antithetic import ARM, ARMS, ARSM, DisARM, StickBreakingDisARM
from estimators.checks.laws import same_law
from estimators.checks.problems import Kind, OneLayer
from estimators.checks.result import Measured
from estimators.checks.sampling import ROUNDING, Sample, draw, sample, seeded
from estimators.checks.subject import Factory
from estimators.checks.two_classes import two_class_law
from estimators.distributions import Distribution
from estimators.estimator import Cost, Estimate, Estimator
from estimators.exact import Enumeration
from estimators.latents import Family, Latent
from estimators.rebar import REBAR, RELAX
from estimators.relaxation import GumbelSoftmax
from estimators.score_function import NVIL, RLOO, Reinforce
from estimators.stein import RODEO, DoubleCV
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)
from estimators.unordered_set import UnorderedSet

BOTH: frozenset[Family] = frozenset({"bernoulli", "categorical"})
BERNOULLI: frozenset[Family] = frozenset({"bernoulli"})
CATEGORICAL: frozenset[Family] = frozenset({"categorical"})


class ReinforceByNoise(Reinforce):
    """REINFORCE at the code that a relaxation's noise decides: the draws of estimators that need the noise too."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return self.at(q.hard(q.noise()), q, cost)


@dataclass(frozen=True)
class Identity:
    """A statement, its test on one latent, and the families that it is about."""

    statement: str
    test: Callable[[Latent], Measured]
    families: frozenset[Family] = BOTH


def same_draws(
    statement: str, first: Factory, second: Factory, families: frozenset[Family] = BOTH, kind: Kind = "general"
) -> Identity:
    """Both give the same estimate from the same noise, which they draw in the same order."""

    def test(latent: Latent) -> Measured:
        one, other = (draws(factory, latent, 1_000, kind) for factory in (first, second))
        return Measured("largest difference of two estimates", (one - other).abs().max().item(), ROUNDING)

    return Identity(statement, test, families)


def exact(statement: str, factory: Factory, families: frozenset[Family] = BOTH, kind: Kind = "general") -> Identity:
    """Every estimate is the exact gradient."""

    def test(latent: Latent) -> Measured:
        right = OneLayer(latent, kind).exact_gradient()["logits"]
        distance = (draws(factory, latent, 1_000, kind) - right).abs().max().item()
        return Measured("largest distance from the exact gradient", distance, ROUNDING)

    return Identity(statement, test, families)


def equal_in_law(statement: str, first: Factory, second: Factory, families: frozenset[Family] = BOTH) -> Identity:
    """Both have the same mean and the same total variance."""
    return Identity(statement, lambda latent: same_law(*pair(first, second, latent), "of the two"), families)


def equal_to_bernoulli(statement: str, categorical: Factory, bernoulli: Factory) -> Identity:
    """The first with two classes has the mean and the variance of the second, a Bernoulli estimator."""

    def test(latent: Latent) -> Measured:
        classes = build(categorical, Latent("categorical", latent.n, k=2))
        return two_class_law(build(bernoulli, Latent("bernoulli", latent.n)), classes)

    return Identity(statement, test)


def no_more_variance(statement: str, first: Factory, second: Factory, families: frozenset[Family] = BOTH) -> Identity:
    """The total variance of the first is at most that of the second; 3 % are left to noise."""

    def test(latent: Latent) -> Measured:
        one, other = pair(first, second, latent)
        return Measured("ratio of total variances", one.total_variance / other.total_variance, 1.03)

    return Identity(statement, test, families)


def near(statement: str, first: Factory, second: Factory, share: float, families: frozenset[Family] = BOTH) -> Identity:
    """The mean of the first is off from that of the second by less than this share of its norm."""

    def test(latent: Latent) -> Measured:
        one, other = pair(first, second, latent)
        distance = (one.mean - other.mean).norm() / other.mean.norm()
        return Measured("difference of means, share of the norm", distance.item(), share)

    return Identity(statement, test, families)


def vanishing(statement: str, factory: Factory, limit: float, families: frozenset[Family] = BOTH) -> Identity:
    """No estimate is longer than ``limit`` nats."""

    def test(latent: Latent) -> Measured:
        longest = draws(factory, latent, 1_000).flatten(1).norm(dim=1).max().item()
        return Measured("longest gradient", longest, limit)

    return Identity(statement, test, families)


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


IDENTITIES: dict[type[Estimator], tuple[Identity, ...]] = {
    NVIL: (same_draws("before it has seen a cost, NVIL is REINFORCE", NVIL, Reinforce),),
    SlopeAnnealedStraightThrough: (
        same_draws("at slope 1 it is straight-through", SlopeAnnealedStraightThrough, StraightThrough),
        vanishing("at slope 1e-4 no gradient is left", partial(SlopeAnnealedStraightThrough, slope=1e-4), 5e-3),
    ),
    StraightThrough: (same_draws("on linear costs it is enumeration", StraightThrough, Enumeration, kind="linear"),),
    GumbelSoftmax: (
        near("at temperature 0.02 little bias is left", partial(GumbelSoftmax, temperature=0.02), Enumeration, 0.03),
        no_more_variance("variance rises as temperature falls", GumbelSoftmax, partial(GumbelSoftmax, temperature=0.2)),
        vanishing("at temperature 1e3 no gradient is left", partial(GumbelSoftmax, temperature=1e3), 5e-3),
    ),
    StraightThroughGumbelSoftmax: (
        vanishing(
            "at temperature 1e3 no gradient is left", partial(StraightThroughGumbelSoftmax, temperature=1e3), 5e-3
        ),
    ),
    DisARM: (no_more_variance("its variance is at most ARM's", DisARM, ARM, BERNOULLI),),
    ARMS: (equal_in_law("with two samples it is DisARM", partial(ARMS, samples=2), DisARM, BERNOULLI),),
    ARSM: (equal_to_bernoulli("with two classes it is ARM", ARSM, ARM),),
    StickBreakingDisARM: (equal_to_bernoulli("with two classes it is DisARM", StickBreakingDisARM, DisARM),),
    REBAR: (same_draws("with scale 0 it is REINFORCE", partial(REBAR, scale=0.0), ReinforceByNoise),),
    RELAX: (
        same_draws(
            "with scale 0 and an untrained network it is REINFORCE", partial(RELAX, scale=0.0), ReinforceByNoise
        ),
        same_draws("with an untrained network it is REBAR", RELAX, REBAR),
    ),
    DoubleCV: (same_draws("untrained it is RLOO", DoubleCV, RLOO, BERNOULLI),),
    RODEO: (same_draws("untrained it is RLOO", RODEO, RLOO, BERNOULLI),),
    UnorderedSet: (exact("with every class drawn it is exact", partial(UnorderedSet, samples=5), CATEGORICAL),),
    ReinMax: (same_draws("for bits, at temperature 1, it is DARN", ReinMax, Darn, BERNOULLI),),
    GumbelRao: (
        equal_in_law(
            "with one conditional sample it is straight-through Gumbel-Softmax",
            partial(GumbelRao, temperature=0.5, conditional_samples=1),
            partial(StraightThroughGumbelSoftmax, temperature=0.5),
        ),
        near("as temperature falls it tends to ReinMax", partial(GumbelRao, temperature=0.01), ReinMax, 0.04),
    ),
    DecoupledStraightThroughGumbelSoftmax: (
        same_draws(
            "with forward temperature 1 it is straight-through Gumbel-Softmax",
            partial(DecoupledStraightThroughGumbelSoftmax, backward_temperature=0.7),
            partial(StraightThroughGumbelSoftmax, temperature=0.7),
        ),
    ),
}
"""By class. The key decides where an identity runs; the statement is part of the check's name."""
