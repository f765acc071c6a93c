"""Mistakes in biased estimators, which no exact gradient shows, are differences from the moments of the formula.

Each mistake is a shipped class that differs in one place. The same comparison with the class itself passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor

from estimators import Cost, Distribution, Estimate, Estimator
from estimators.checks import check_moments
from estimators.diffusion import ReDGE
from estimators.relaxation import GumbelSoftmax, HardConcrete, SpikeAndExponential
from estimators.straight_through import (
    Darn,
    ReinMax,
    SlopeAnnealedStraightThrough,
    StraightThrough,
    with_path,
)
from estimators.straight_through_gumbel import (
    DecoupledStraightThroughGumbelSoftmax,
    GappedStraightThrough,
    GumbelRao,
    StraightThroughGumbelSoftmax,
)
from tests.estimators.formulas import FORMULAS
from tests.estimators.kept import kept

DRAWS = 100_000
"""They see 12 % or less of the mean where nothing is colder than 0.5; the mistakes are larger."""


# Twice the gradient.


class StraightThroughTwice(StraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return q.mean + q.mean


class DarnWithoutTheHalf(Darn):
    """g (2 z - 1) s(z): the centre of {-1, 1} with codes of {0, 1}."""

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return 2 * super().path(q, z)


class GumbelSoftmaxByHandAndByAutograd(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(2 * estimate.surrogate, estimate.value)


class GumbelRaoSummed(GumbelRao):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return self.conditional_samples * super().path(q, z)


class ReinMaxSubtractsTheWhole(ReinMax):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, z) - 0.5 * q.tangent(q.mean)


# Fresh noise in the backward pass.


class FreshNoise(StraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(with_path(q.hard(q.noise()), q.relax(q.noise(), self.temperature))))


class FreshNoiseDecoupled(DecoupledStraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = type(q)(logits=q.logits / self.forward_temperature).sample()
        return Estimate.of(cost(with_path(z, q.relax(q.noise(), self.backward_temperature))))


class FreshNoiseRelaxed(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        forward, backward = (q.relax(q.noise(), self.temperature) for _ in range(2))
        return Estimate.of(cost(with_path(forward, backward)))


class UnconditionalNoise(GumbelRao):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        noise = q.noise(self.conditional_samples)
        return q.tangent(q.relax(noise, self.temperature)).mean(0) / self.temperature


class FreshCode(ReinMax):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, q.sample())


class FreshGap(GappedStraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, q.sample())


class FreshSpike(SpikeAndExponential):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        codes: list[Tensor] = []
        for _ in range(2):
            super().forward(q, lambda z, deeper="sample": codes.append(z) or z.sum(-1), context)
        return Estimate.of(cost(with_path(*codes)))


# The temperature, or the slope, applied twice.


class NoiseDividedToo(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        return Estimate.of(cost(q.relax(q.noise() / self.temperature, self.temperature)))


class PathDividedAgain(StraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        return Estimate.of(cost(with_path(q.hard(noise), q.relax(noise, self.temperature) / self.temperature)))


class RaoDividedAgain(GumbelRao):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, z) / self.temperature


class SteepTwice(SlopeAnnealedStraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return q.relax(z.new_zeros(()), self.slope**-2)


class TemperedTwice(ReinMax):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        tempered = q.relax(z.new_zeros(()), self.temperature**2)
        return 2 * q.tangent((tempered + z) / 2) - 0.5 * q.tangent(q.mean)


class GapTemperedTwice(GappedStraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return q.relax(self.moved(q.detach(), z) - q.logits.detach(), self.temperature**2)


# A gradient through what the formula holds constant.


class ThroughConditionalNoise(GumbelRao):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        noise = q.conditional_noise(z.expand(self.conditional_samples, *z.shape))
        return q.relax(noise, self.temperature).mean(0)


class ThroughConditionalNoiseOfOneSample(StraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        z = q.sample()
        return Estimate.of(cost(with_path(z, q.relax(q.conditional_noise(z), self.temperature))))


class ThroughTheGap(GappedStraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return q.relax(self.moved(q, z) - q.logits, self.temperature)


class ThroughTheMiddle(ReinMax):
    """The Jacobian of softmax is taken of probabilities that are not held."""

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        middle = (q.relax(z.new_zeros(()), self.temperature) + z) / 2
        return 2 * middle * (q.logits - q.sum_classes(middle * q.logits)) - 0.5 * q.tangent(q.mean)


class ThroughTheScore(Darn):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return (z - 1 / self.latent.k) * q.sum_classes((z - q.mean) * q.logits)


# A mean over variables, or noise that they share.


class MeanOverVariables(StraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, z) / self.latent.n


class MeanOverVariablesOfTheSurrogate(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        estimate = super().forward(q, cost, context)
        return Estimate(estimate.surrogate / self.latent.n, estimate.value)


class MeanOverVariablesOfTheCost(Darn):
    """Every variable gets the mean of what all of them should get."""

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        path = super().path(q, z)
        return path.mean(-q.event_dims, keepdim=True).expand_as(path)


class OneNoiseForAllVariables(StraightThroughGumbelSoftmax):
    """Right for every variable, but not independent."""

    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise().narrow(-q.event_dims, 0, 1).expand_as(q.logits)
        return Estimate.of(cost(with_path(q.hard(noise), q.relax(noise, self.temperature))))


class OneNoiseForAllVariablesRelaxed(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise().narrow(-q.event_dims, 0, 1).expand_as(q.logits)
        return Estimate.of(cost(q.relax(noise, self.temperature)))


# Where probabilities are small, in training mode, and other noise.


class ClippedProbabilities(StraightThrough):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(q, z).clamp(0.01, 0.99)


class ClippedLogits(ReinMax):
    def path(self, q: Distribution, z: Tensor) -> Tensor:
        return super().path(type(q)(logits=q.logits.clamp(-4, 4)), z)


class EpsilonInTheLogarithms(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        u = q.uniform()
        e = 0.03
        noise = torch.log(u + e) - torch.log(1 - u + e) if q.event_dims == 1 else -torch.log(e - torch.log(u + e))
        return Estimate.of(cost(q.relax(noise, self.temperature)))


class NoiseForgottenInTraining(StraightThroughGumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        noise = q.noise()
        seen = torch.zeros_like(noise) if self.training else noise
        return Estimate.of(cost(with_path(q.hard(noise), q.relax(seen, self.temperature))))


class SharpInEvaluation(GumbelSoftmax):
    def forward(self, q: Distribution, cost: Cost, context: Tensor | None) -> Estimate:
        temperature = self.temperature if self.training else 0.5 * self.temperature
        return Estimate.of(cost(q.relax(q.noise(), temperature)))


class StretchForgottenInTheGradient(HardConcrete):
    def substitute(self, q: Distribution) -> Tensor:
        z = super().substitute(q)
        return z.detach() + (z - z.detach()) / (self.high - self.low)


class GradientThroughTheCut(HardConcrete):
    """As if codes outside of [0, 1] were not cut off, for the gradient."""

    def substitute(self, q: Distribution) -> Tensor:
        stretched = self.low + (self.high - self.low) * q.relax(q.noise(), self.temperature)
        return with_path(stretched.clamp(0, 1), stretched)


class StretchToOneSide(HardConcrete):
    def substitute(self, q: Distribution) -> Tensor:
        return (self.high * q.relax(q.noise(), self.temperature)).clamp(0, 1)


class GradientOfTheLastStepOnly(ReDGE):
    def given(self, q: Distribution, x: Tensor, alpha: float) -> Distribution:
        return super().given(q, x.detach(), alpha)


class DeviationNotSquared(ReDGE):
    def given(self, q: Distribution, x: Tensor, alpha: float) -> Distribution:
        return q.at(q.log_mean + alpha / (1 - alpha) * x)


class HalfOfTheNoise(ReDGE):
    def denoised(self, q: Distribution, x: Tensor) -> Distribution:
        return super().denoised(q, x / 2)


class OneSampleForAll(GumbelRao):
    """The same conditional noise R times: the mean is right."""

    def path(self, q: Distribution, z: Tensor) -> Tensor:
        noise = q.detach().conditional_noise(z)
        return q.tangent(q.detach().relax(noise, self.temperature)) / self.temperature


MISTAKES = [each for each in vars().copy().values() if isinstance(each, type) and each.__module__ == __name__]

SETTINGS: dict[type[Estimator], dict[str, Any]] = {
    StraightThrough: {},
    Darn: {},
    SlopeAnnealedStraightThrough: {"slope": 2.0},
    ReinMax: {"temperature": 2.0},
    GumbelSoftmax: {"temperature": 0.5},
    StraightThroughGumbelSoftmax: {"temperature": 0.5},
    DecoupledStraightThroughGumbelSoftmax: {"forward_temperature": 2.0, "backward_temperature": 0.7},
    GumbelRao: {"temperature": 0.5, "conditional_samples": 3},
    GappedStraightThrough: {"temperature": 0.5, "gap": 1.0},
    HardConcrete: {"temperature": 1.5},
    ReDGE: {"steps": 3, "noise": 0.5},
    SpikeAndExponential: {"beta": 1.0},
}
"""No temperature and no slope is 1, so that one too many shows."""


def failures(estimator: type[Estimator], right: type[Estimator]) -> set[str]:
    reference = kept(FORMULAS[right][0], **SETTINGS[right])
    results = check_moments(partial(estimator, **SETTINGS[right]), reference, most=DRAWS)
    return {result.latent for result in results if result.status == "failed"}


QUICK = (
    StraightThroughTwice,
    FreshNoise,
    NoiseDividedToo,
    ThroughTheGap,
    MeanOverVariables,
    OneNoiseForAllVariablesRelaxed,
    ClippedProbabilities,
    NoiseForgottenInTraining,
)
"""One of each kind."""


def quick(classes: Iterable[type[Estimator]], chosen: Collection[type[Estimator]]) -> list[Any]:
    return [pytest.param(each, id=each.__name__, marks=() if each in chosen else pytest.mark.slow) for each in classes]


@pytest.mark.parametrize("mistake", quick(MISTAKES, QUICK))
def test_the_mistake_is_seen_for_both_families(mistake: type[Estimator]):
    (right,) = mistake.__bases__
    assert len(failures(mistake, right)) == len(right.families)


@pytest.mark.parametrize("right", quick(SETTINGS, [StraightThrough, GumbelSoftmax]))
def test_the_class_itself_passes_the_same_comparison(right: type[Estimator]):
    assert failures(right, right) == set()
