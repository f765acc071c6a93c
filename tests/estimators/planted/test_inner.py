"""Stochastic layers inside the cost: passed on wrongly where a plain cost hides it."""

from __future__ import annotations

import torch
from torch import Tensor

from estimators import Cost, Deeper, Distribution, Estimate, Estimator, Latent
from estimators.estimator import total
from tests.estimators.planted.cases import outcome_of, planted
from tests.estimators.planted.right import (
    BITS,
    CLASSES,
    Right,
    RightLearned,
    RightMuProp,
    RightREBAR,
    RightStraightThrough,
)
from tests.estimators.planted.right_samples import RightRLOO


class AuxiliaryTwice(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate, estimate.value, total([estimate.auxiliary, estimate.auxiliary]))


class AuxiliaryTwiceBesideItsOwn(RightLearned):
    def objective_of(self, signal: Tensor, at_z: Estimate) -> Tensor:
        own = super().objective_of(signal, at_z)
        return own if at_z.auxiliary is None else own + at_z.auxiliary


class AuxiliaryPerSample(RightRLOO):
    """The auxiliary of four samples, evaluated together, four times."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        auxiliary = None if estimate.auxiliary is None else 4 * estimate.auxiliary
        return Estimate(estimate.surrogate, estimate.value, auxiliary)


class AuxiliaryDetached(Right):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        auxiliary = None if estimate.auxiliary is None else estimate.auxiliary.detach()
        return Estimate(estimate.surrogate, estimate.value, auxiliary)


class AuxiliaryOnlyWithoutAContext(RightLearned):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        if context is None:
            return estimate

        def silent(z: Tensor, deeper: Deeper = "sample") -> Estimate:
            at_z = Estimate.of(cost(z, deeper))
            return Estimate(at_z.surrogate, at_z.value)

        return super().forward(q, silent, context)

    @property
    def cost_evaluations(self) -> int:
        return 2


class MeanWithoutDeeper(RightMuProp):
    """At the mean the layers below draw samples as if the mean were a code."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        def always_sample(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            return cost(z)

        return super().forward(q, always_sample, context)


class RelaxedWithoutDeeper(RightREBAR):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        def always_sample(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            return cost(z)

        return super().forward(q, always_sample, context)


class HalfwayBaseline(Right):
    """A constant baseline, the cost halfway between the mean and 1/2, which is no code."""

    @property
    def cost_evaluations(self) -> int:
        return 2

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        with torch.no_grad():
            baseline = Estimate.of(cost(self.code(q))).value
        return Estimate(q.log_prob(z) * (at_z.value - baseline) + at_z.surrogate, at_z.value, at_z.auxiliary)

    def code(self, q: Distribution) -> Tensor:
        return 0.5 * q.mean + 0.25


class SampleAtTheMeanOfBelow(Right):
    """The hard code is evaluated with the layers below at their means: another objective."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        def at_mean(z: Tensor, deeper: Deeper = "sample") -> Tensor | Estimate:
            return cost(z, "mean")

        return super().forward(q, at_mean, context)


class ValueForSurrogate(RightRLOO):
    """The layers below get the mean over samples, of which the surrogate keeps only the first."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample(4)
        at_z = Estimate.of(cost(z))
        signal = (at_z.value - at_z.value.mean(0)) / self.divisor
        surrogate = (q.log_prob(z) * signal).sum(0) + at_z.surrogate.sum(0)
        return Estimate(surrogate, at_z.value.mean(0), at_z.auxiliary)


class SurrogateAsSignal(Right):
    """Right for a plain cost, whose surrogate has the value of the cost; that of an estimate means nothing."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        at_z = Estimate.of(cost(z))
        surrogate = q.log_prob(z) * at_z.surrogate.detach() + at_z.surrogate
        return Estimate(surrogate, at_z.value, at_z.auxiliary)


class StraightThroughOfTheValue(RightStraightThrough):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        at_z = Estimate.of(cost(q.sample() + q.mean - q.mean.detach()))
        return Estimate(0.5 * at_z.surrogate, at_z.value, at_z.auxiliary)


@planted(
    [
        (AuxiliaryTwice, "deeper_auxiliary", BITS),
        (AuxiliaryTwiceBesideItsOwn, "deeper_auxiliary", BITS),
        (AuxiliaryPerSample, "deeper_auxiliary", CLASSES),
        (AuxiliaryDetached, "deeper_auxiliary", BITS),
        (AuxiliaryOnlyWithoutAContext, "deeper_auxiliary", BITS),
        (MeanWithoutDeeper, "deeper_is_said", BITS),
        (MeanWithoutDeeper, "deeper_is_said", CLASSES),
        (RelaxedWithoutDeeper, "deeper_is_said", BITS),
        (HalfwayBaseline, "deeper_is_said", BITS),
        (SampleAtTheMeanOfBelow, "two_layers", BITS),
        (ValueForSurrogate, "two_layers", BITS),
        (SurrogateAsSignal, "two_layers", BITS),
        (SurrogateAsSignal, "two_layers", CLASSES),
        (StraightThroughOfTheValue, "two_layers", BITS),
    ]
)
def test_the_check_flags_the_mistake_only(estimator: type[Estimator], check: str, latent: Latent, outcome: str):
    assert outcome_of(estimator, check, latent) == outcome
