"""Shipped biased estimators that differ in one place: in a factor, a temperature, or in what has a gradient."""

from __future__ import annotations

from torch import Tensor

from estimators import Cost, Distribution, Estimate
from estimators.relaxation import GumbelSoftmax
from estimators.straight_through import Darn, ReinMax, SlopeAnnealedStraightThrough, StraightThrough, with_path
from estimators.straight_through_gumbel import GappedStraightThrough, GumbelRao, StraightThroughGumbelSoftmax

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
